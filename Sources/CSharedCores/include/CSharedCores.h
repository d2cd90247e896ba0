/// Has the engine's threads sleep soon while they wait for one another, where the program is started as `gand serve`.
///
/// They are OpenMP's, and by default spin for milliseconds, in which one may hold the very core that the awaited one needs:
/// beside other busy programs a step then takes many times as long. libgomp reads from the environment how long it spins,
/// when it is loaded and before any code of ours. So before any library is initialised the program starts itself anew in
/// its own process, with GOMP_SPINCOUNT in its environment, unless that says already how threads are to wait
/// (GOMP_SPINCOUNT or OMP_WAIT_POLICY). Where that can't be done all stays as it is.
///
/// There is nothing to call: linking this in does it.
#pragma once
