"""PyTorch's side of the benchmark: the same networks, batch, losses and optimiser as `gand-bench train`.

Run by compare.py, which speaks to it line by line: for each line `run N` on standard input it trains N steps and
answers with one JSON object, {"steps": N, "seconds": S}. By hand: echo run 100 | python pytorch.py ring eager
or, with threads and device, on a GPU: echo run 100 | python pytorch.py ring graph+joined 2 cuda:0

A step is one discriminator and one generator update, non-saturating BCE, Adam (2e-4, 0.5, 0.999), data in memory, fp32.
PyTorch gets what a careful user would give it: fused Adam, gradients set to None, fakes for the discriminator without a
graph, no gradients of the discriminator's weights in the generator's update, denormals flushed. The other choices are
variants, words joined by "+":

    eager | compile     plain PyTorch, or both losses through torch.compile (which needs a C++ compiler)
    channels-last       weights and images in NHWC order
    joined              real and fake items through the discriminator as one batch; only where no batch norm forbids it
    reused              the generator's update takes the fakes that the discriminator just saw, which saves one forward
                        pass of the generator, as PyTorch's DCGAN tutorial does
    single              one thread instead of all
    bf16                forward passes and losses under autocast to bfloat16
    graph               CUDA only: the whole step, both updates, captured once as a CUDA graph and replayed
    tf32                CUDA only: products and convolutions of float32 may round their factors to TensorFloat-32
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn


def multilayer(sizes, activation, last=None):
    layers = []
    for index, (inputs, outputs) in enumerate(zip(sizes, sizes[1:])):
        layers.append(nn.Linear(inputs, outputs))
        if index < len(sizes) - 2:
            layers.append(activation())
    return nn.Sequential(*layers, *([last] if last else []))


def initialise(module):
    """DCGAN's own initialisation (Radford et al. 2016, section 3)."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.normal_(module.weight, 0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1, 0.02)


def dcgan(stages, channels, base=64, latent=100):
    """Generator and discriminator of side 4 * 2**stages; convolutions of kernel 4, stride 2, padding 1."""
    width = base * 2 ** (stages - 1)
    generator = [nn.Linear(latent, width * 4 * 4), nn.Unflatten(1, (width, 4, 4))]
    generator += [nn.BatchNorm2d(width), nn.ReLU(True)]
    for _ in range(stages - 1):
        generator += [nn.ConvTranspose2d(width, width // 2, 4, 2, 1, bias=False)]
        generator += [nn.BatchNorm2d(width // 2), nn.ReLU(True)]
        width //= 2
    generator += [nn.ConvTranspose2d(width, channels, 4, 2, 1), nn.Tanh()]

    discriminator = [nn.Conv2d(channels, base, 4, 2, 1), nn.LeakyReLU(0.2, True)]
    for _ in range(stages - 1):
        discriminator += [nn.Conv2d(width, width * 2, 4, 2, 1, bias=False)]
        discriminator += [nn.BatchNorm2d(width * 2), nn.LeakyReLU(0.2, True)]
        width *= 2
    discriminator += [nn.Flatten(), nn.Linear(width * 4 * 4, 1)]
    networks = nn.Sequential(*generator), nn.Sequential(*discriminator)
    for network in networks:
        network.apply(initialise)
    return networks


class Workload:
    def __init__(self, networks, batch, latent, items):
        self.networks, self.batch, self.latent, self.items = networks, batch, latent, items


def ring_points(count=10_000):
    angle = torch.randint(8, (count,)) * (2 * torch.pi / 8)
    return torch.stack([angle.cos(), angle.sin()], 1) + 0.01 * torch.randn(count, 2)


WORKLOADS = {
    "ring": lambda: Workload(
        (multilayer([16, 128, 128, 2], nn.ReLU), multilayer([2, 128, 128, 1], nn.ReLU)), 256, 16, ring_points()),
    "mnist-mlp": lambda: Workload(
        (multilayer([100, 256, 512, 784], lambda: nn.LeakyReLU(0.2), nn.Tanh()),
         multilayer([784, 512, 256, 1], lambda: nn.LeakyReLU(0.2))),
        64, 100, torch.rand(4_000, 784) * 2 - 1),
    "dcgan-32": lambda: Workload(dcgan(3, 1), 64, 100, torch.rand(4_000, 1, 32, 32) * 2 - 1),
    "dcgan-64": lambda: Workload(dcgan(4, 3), 64, 100, torch.rand(1_000, 3, 64, 64) * 2 - 1),
}


class Training:
    def __init__(self, workload, choices, device):
        self.batch, self.latent, self.device = workload.batch, workload.latent, device
        self.items = workload.items.to(device)
        self.generator, self.discriminator = (network.to(device) for network in workload.networks)
        if "channels-last" in choices:
            self.items = self.items.contiguous(memory_format=torch.channels_last)
            for network in workload.networks:
                network.to(memory_format=torch.channels_last)
        self.optimisers = [
            torch.optim.Adam(
                network.parameters(), lr=2e-4, betas=(0.5, 0.999), fused=True, capturable="graph" in choices)
            for network in workload.networks
        ]
        self.joined, self.reused = "joined" in choices, "reused" in choices
        self.discriminator_loss, self.generator_loss, self.generate = (
            self.plain_discriminator_loss, self.plain_generator_loss, self.generator)
        if "compile" in choices:
            self.discriminator_loss = torch.compile(self.discriminator_loss)
            self.generator_loss = torch.compile(self.generator_loss)
            self.generate = torch.compile(self.generator)
        if "bf16" in choices:
            cast = torch.autocast(device.type, torch.bfloat16)
            self.discriminator_loss, self.generator_loss, self.generate = (
                cast(self.discriminator_loss), cast(self.generator_loss), cast(self.generate))
        self.advance = self.captured_step() if "graph" in choices else self.step

    def plain_discriminator_loss(self, real, fake):
        if self.joined:
            real_logits, fake_logits = self.discriminator(torch.cat([real, fake])).chunk(2)
        else:
            real_logits, fake_logits = self.discriminator(real), self.discriminator(fake)
        return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()

    def plain_generator_loss(self, noise_or_fake):
        fake = noise_or_fake if self.reused else self.generator(noise_or_fake)
        return F.softplus(-self.discriminator(fake)).mean()

    def noise(self):
        return torch.randn(self.batch, self.latent, device=self.device)

    def step(self):
        generator_optimiser, discriminator_optimiser = self.optimisers
        real = self.items[torch.randint(len(self.items), (self.batch,), device=self.device)]
        if self.reused:
            fake = self.generate(self.noise())
        else:
            with torch.no_grad():
                fake = self.generate(self.noise())
        self.discriminator.requires_grad_(True)
        discriminator_optimiser.zero_grad(set_to_none=True)
        self.discriminator_loss(real, fake.detach()).backward()
        discriminator_optimiser.step()

        self.discriminator.requires_grad_(False)
        generator_optimiser.zero_grad(set_to_none=True)
        loss = self.generator_loss(fake if self.reused else self.noise())
        loss.backward()
        generator_optimiser.step()
        return loss.detach()

    def captured_step(self):
        """A function that replays a step; within the graph random numbers and both optimisers go on."""
        # Outside the graph first, on another stream (docs.pytorch.org/docs/stable/notes/cuda.html, "Whole-network
        # capture"): kernels are chosen and compiled, Adam makes its state.
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(3):
                self.step()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            loss = self.step()

        def replay():
            graph.replay()
            return loss

        return replay


def main():
    name, variant = sys.argv[1], set(sys.argv[2].split("+"))
    if len(sys.argv) > 3:
        torch.set_num_threads(int(sys.argv[3]))
    if "single" in variant:
        torch.set_num_threads(1)
    device = torch.device(sys.argv[4] if len(sys.argv) > 4 else "cpu")
    torch.set_flush_denormal(True)
    torch.manual_seed(1)
    if device.type == "cuda":
        torch.cuda.set_device(device.index or 0)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = "tf32" in variant
        torch.backends.cudnn.benchmark = True

    def finished():
        """The time at which nothing is left to do."""
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    training = Training(WORKLOADS[name](), variant, device)
    for line in sys.stdin:
        steps = int(line.split()[1])
        start = finished()
        for _ in range(steps):
            loss = training.advance()
        seconds = finished() - start
        print(json.dumps({"steps": steps, "seconds": seconds, "generator_loss": float(loss)}), flush=True)


if __name__ == "__main__":
    main()
