import Adversarial
import ArgumentParser
import Codecs
import Dispatch
import Synchronization
import Torch

/// `gand-bench scaling`.
struct ScalingCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scaling",
        abstract: "Train with more threads, more jobs, larger batches and larger pictures.",
        discussion: """
            Prints a line of JSON for each: the median over the rounds of steps a second of all jobs together, and of items.
            """)

    @Option(help: "Rounds, in each of which every training has a turn.")
    var rounds = 3

    @Option(help: "Seconds of a turn.")
    var turn = 2.0

    /// Jobs that train at once.
    private struct Training {
        var name: String
        var workload: Workload
        var jobs = 1
        var threads = Machine.cores
        var batch: Int?
        var side: Int?
    }

    private static let tables: [[Training]] = [
        [Workload.ring, .mnistMLP, .dcgan32].flatMap { shared($0) },
        [16, 64, 256, 1024].map { (batch: Int) in
            Training(name: "mnist-mlp, batch \(batch)", workload: .mnistMLP, batch: batch)
        },
        [16, 64, 256].map { (batch: Int) in Training(name: "dcgan-32, batch \(batch)", workload: .dcgan32, batch: batch)
        },
        [16, 32, 64, 128].map { (side: Int) in
            Training(name: "dcgan, 3×\(side)×\(side), batch 16", workload: .dcgan64, batch: 16, side: side)
        },
    ]

    private static func shared(_ workload: Workload) -> [Training] {
        [(1, 1), (1, 2), (2, 1), (2, 2)].map { jobs, threads in
            Training(
                name: "\(workload.rawValue), jobs \(jobs), threads \(threads) each", workload: workload, jobs: jobs,
                threads: threads)
        }
    }

    func run() throws {
        try Engine.checkVersions()
        for table in Self.tables {
            var rates = [[Double]](repeating: [], count: table.count)
            for round in 0..<rounds {
                for place in table.indices {
                    let index = (place + round) % table.count
                    rates[index].append(try stepsPerSecond(of: table[index]))
                }
            }
            for (training, rates) in zip(table, rates) {
                let rate = rates.sorted()[rates.count / 2]
                let batch = training.batch ?? (training.workload == .ring ? 256 : 64)
                let line: JSON = [
                    "training": .string(training.name), "steps_per_second": .number(rate),
                    "items_per_second": .number(rate * Double(batch)),
                    "all": .array(rates.map { .number($0) }),
                ]
                print(String(decoding: line.bytes, as: UTF8.self))
            }
        }
    }

    /// Steps of all jobs of a training together, each on a thread of its own.
    private func stepsPerSecond(of training: Training) throws -> Double {
        let faults = Mutex<[any Error]>([])
        let rates = Mutex<[Double]>([])
        let ready = DispatchGroup()
        for _ in 0..<training.jobs { ready.enter() }
        let done = DispatchGroup()
        for job in 0..<training.jobs {
            DispatchQueue(label: "job \(job)").async(group: done) {
                do {
                    let trainer: Trainer
                    do {
                        defer { ready.leave() }
                        trainer = try training.workload.trainer(
                            threads: training.threads, freshFakes: true, batch: training.batch, side: training.side)
                        for _ in 0..<3 { _ = try trainer.advance() }
                    }
                    ready.wait()
                    let clock = ContinuousClock()
                    let start = clock.now
                    var steps = 0
                    repeat {
                        _ = try trainer.advance()
                        steps += 1
                    } while start.duration(to: clock.now) < .seconds(turn)
                    let rate = Double(steps) / (start.duration(to: clock.now) / .seconds(1))
                    rates.withLock { $0.append(rate) }
                } catch {
                    faults.withLock { $0.append(error) }
                }
            }
        }
        done.wait()
        if let fault = faults.withLock({ $0.first }) { throw fault }
        return rates.withLock { $0.reduce(0, +) }
    }
}
