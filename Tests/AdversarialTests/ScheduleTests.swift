import Adversarial
import TestSupport
import Testing

/// Schedules are functions of the samples seen alone.
@Suite struct ScheduleTests {
    @Test(arguments: [
        (progress: 0.0, until: 1.0, value: 2.0), (0.5, 1, 1.1), (1, 1, 0.2), (7, 1, 0.2), (0.25, 0.5, 1.1),
        (0.5, 0.5, 0.2),
        (0.25, 1, 0.2 + 1.8 * (1 + 0.5.squareRoot()) / 2),
    ])
    func valuesFollowHalfACosine(progress: Double, until: Double, value: Double) {
        let schedule = ScheduleSpec(until: until)
        #expect(abs(schedule.value(from: 2, to: 0.2, at: progress) - value) < 1e-12)
    }

    @Test(
        arguments: [
            // Two times a power of 0.01: none of it, a quarter, a half and all.
            (progress: 0.0, value: 2.0), (1.0 / 3, 0.632_455_532), (0.5, 0.2), (1, 0.02), (7, 0.02),
        ] as [(progress: Double, value: Double)])
    func powersFollowHalfACosine(progress: Double, value: Double) {
        #expect(abs(ScheduleSpec(shape: .geometric).value(from: 2, to: 0.02, at: progress) - value) < 1e-9)
    }

    @Test(
        "Each plan has a schedule of its own, and those behind stay as they were",
        arguments: [
            (samples: 0, progress: 0.0), (50, 0.5), (99, 0.99), (100, 0), (150, 0.25), (299, 0.995), (300, 0),
            (310, 0.1),
            (400, 1), (500, 2),
        ])
    func plans(samples: Int, progress: Double) {
        let length = TrainingLength(steps: 40, earlierPlans: [10, 30])
        #expect(abs(length.scheduleProgress(samples: samples, samplesPerStep: 10) - progress) < 1e-12)
    }

    @Test func aJobWithoutAPlanStaysAtItsStart() {
        #expect(TrainingLength(steps: nil, maximumSeconds: 5).scheduleProgress(samples: 9, samplesPerStep: 3) == 0)
    }
}
