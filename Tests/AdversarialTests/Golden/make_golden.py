"""Writes the reference numbers that AdversarialTests compares with, by PyTorch 2.13 on one thread.

    python make_golden.py [FOLDER]

objectives.safetensors: each objective's losses and their gradients by the logits.
RUN.safetensors: a small model's first weights, outputs, ten training steps with the noise and the batches that they
used, the losses of each step, and the weights, statistics and averages at the end. The spec is in the metadata.

Layers have the indices and the names that gand gives them, so that weights need no mapping.
"""

import json
import struct
import sys
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

STEPS = 10
DTYPES = {torch.float32: "F32", torch.int64: "I64"}


def save(path, tensors, metadata):
    header, chunks, offset = {"__metadata__": metadata}, [], 0
    for name, tensor in sorted(tensors.items()):
        data = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {
            "dtype": DTYPES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        chunks.append(data)
        offset += len(data)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(chunks))


# Objectives: (discriminator's loss of real and generated logits, generator's loss of generated logits)

OBJECTIVES = {
    "minimax": (
        lambda real, fake: F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
        + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)),
        lambda fake: -F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)),
    ),
    "non_saturating": (
        lambda real, fake: F.binary_cross_entropy_with_logits(real, torch.ones_like(real))
        + F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)),
        lambda fake: F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake)),
    ),
    "least_squares": (
        lambda real, fake: 0.5 * ((real - 1) ** 2).mean() + 0.5 * (fake**2).mean(),
        lambda fake: 0.5 * ((fake - 1) ** 2).mean(),
    ),
    "hinge": (
        lambda real, fake: F.relu(1 - real).mean() + F.relu(1 + fake).mean(),
        lambda fake: -fake.mean(),
    ),
}


def objectives():
    generator = torch.Generator().manual_seed(1)
    real = (3 * torch.randn(33, generator=generator)).requires_grad_()
    fake = (3 * torch.randn(33, generator=generator)).requires_grad_()
    tensors = {"real": real, "fake": fake}
    for name, (discriminator_loss, generator_loss) in OBJECTIVES.items():
        loss = discriminator_loss(real, fake)
        by_real, by_fake = torch.autograd.grad(loss, [real, fake])
        tensors |= {
            f"{name}.discriminator_loss": loss,
            f"{name}.discriminator_by_real": by_real,
            f"{name}.discriminator_by_fake": by_fake,
        }
        loss = generator_loss(fake)
        tensors |= {
            f"{name}.generator_loss": loss,
            f"{name}.generator_by_fake": torch.autograd.grad(loss, fake)[0],
        }
    return tensors


# Networks


class CentreCrop(nn.Module):
    def __init__(self, height, width):
        super().__init__()
        self.height, self.width = height, width

    def forward(self, x):
        top, left = (x.shape[2] - self.height) // 2, (x.shape[3] - self.width) // 2
        return x[:, :, top : top + self.height, left : left + self.width]


class FeatureMap(nn.Module):
    """Unflatten with the channels fastest, the order of channels-last images in memory."""

    def __init__(self, channels, height, width):
        super().__init__()
        self.shape = (height, width, channels)

    def forward(self, x):
        return x.unflatten(1, self.shape).permute(0, 3, 1, 2)


class FlatFeatureMap(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1).flatten(1)


ACTIVATIONS = {"relu": nn.ReLU, "leaky_relu": lambda: nn.LeakyReLU(0.2), "tanh": nn.Tanh}


def hidden(sizes, inputs):
    layers = []
    for width in sizes["hidden"]:
        layers += [nn.Linear(inputs, width), ACTIVATIONS[sizes["activation"]]()]
        inputs = width
    return layers, inputs


def networks(model, item, classes):
    """The generator's layers, the discriminator's up to its features, and the number of those."""
    inputs = model["latent_dim"] + (model["embedding_dim"] if classes else 0)
    count = int(torch.tensor(item).prod())
    if model["architecture"] == "mlp":
        generator, width = hidden(model["generator"], inputs)
        generator.append(nn.Linear(width, count))
        features, outputs = hidden(model["discriminator"], count)
        if len(item) == 3:
            generator += [nn.Tanh(), nn.Unflatten(1, item)]
            features = [nn.Flatten()] + features
        return generator, features, outputs
    channels, height, width = item
    stages, base = model["stages"], model["base_channels"]
    scale = 2**stages
    rows, columns = -(-height // scale), -(-width // scale)
    top = base * 2 ** (stages - 1)
    generator = [
        nn.Linear(inputs, top * rows * columns),
        FeatureMap(top, rows, columns),
        nn.BatchNorm2d(top),
        nn.ReLU(),
    ]
    for _ in range(stages - 1):
        generator += [
            nn.ConvTranspose2d(top, top // 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(top // 2),
            nn.ReLU(),
        ]
        top //= 2
    generator.append(nn.ConvTranspose2d(top, channels, 4, 2, 1))
    if (rows * scale, columns * scale) != (height, width):
        generator.append(CentreCrop(height, width))
    generator.append(nn.Tanh())
    features, inputs = [], channels
    for stage in range(stages):
        features.append(nn.Conv2d(inputs, base * 2**stage, 4, 2, 1, bias=stage == 0))
        if stage > 0:
            features.append(nn.BatchNorm2d(base * 2**stage))
        features.append(nn.LeakyReLU(0.2))
        inputs = base * 2**stage
    features.append(FlatFeatureMap())
    return generator, features, inputs * (height // scale) * (width // scale)


class Generator(nn.Module):
    def __init__(self, layers, classes, embedding):
        super().__init__()
        self.layers = nn.Sequential(*layers)
        self.classes = nn.Embedding(classes, embedding) if classes else None

    def forward(self, latents, labels):
        if self.classes is not None:
            latents = torch.cat([latents, self.classes(labels)], 1)
        return self.layers(latents)


class Discriminator(nn.Module):
    def __init__(self, layers, outputs, classes):
        super().__init__()
        self.features = nn.Sequential(*layers)
        self.logit = nn.Linear(outputs, 1)
        self.classes = nn.Embedding(classes, outputs) if classes else None

    def forward(self, items, labels):
        features = self.features(items)
        logits = self.logit(features).flatten()
        if self.classes is not None:
            logits = logits + (self.classes(labels) * features).sum(1)
        return logits


def state(module, prefix):
    return {
        f"{prefix}.{name}": value.clone()
        for name, value in module.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def optimiser(settings, parameters):
    if settings["type"] == "adam":
        return torch.optim.Adam(parameters, settings["learning_rate"], (settings["beta1"], settings["beta2"]))
    return torch.optim.SGD(parameters, settings["learning_rate"], settings["momentum"])


# Runs


def run(spec, item, classes, seed):
    torch.manual_seed(seed)
    model, training = spec["model"], spec["training"]
    classes = classes if model["conditional"] else 0
    generator_layers, feature_layers, outputs = networks(model, item, classes)
    generator = Generator(generator_layers, classes, model.get("embedding_dim"))
    discriminator = Discriminator(feature_layers, outputs, classes)
    with torch.no_grad():  # statistics other than 0 and 1, so that the inference outputs below prove something
        for module in [*generator.modules(), *discriminator.modules()]:
            if isinstance(module, nn.BatchNorm2d):
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.5, 0.5)
                module.running_mean.uniform_(-0.5, 0.5)
                module.running_var.uniform_(0.5, 1.5)
    tensors = state(generator, "initial.generator") | state(discriminator, "initial.discriminator")

    batch, latent = training["batch_size"], model["latent_dim"]
    labels = lambda *shape: torch.randint(classes, shape) if classes else None
    noise, items, some = torch.randn(batch, latent), torch.rand(batch, *item) * 2 - 1, labels(batch)
    generator.eval(), discriminator.eval()
    tensors |= {
        "forward.latents": noise,
        "forward.items": items,
        "forward.generated": generator(noise, some),
        "forward.logits": discriminator(items, some),
    }
    if classes:
        tensors["forward.labels"] = some
    generator.train(), discriminator.train()

    rounds = training["discriminator_steps"]
    tensors |= {
        "run.items": torch.rand(STEPS * rounds, batch, *item) * 2 - 1,
        "run.latents": torch.randn(STEPS * (rounds + training["fresh_fakes"]), batch, latent),
    }
    if classes:
        tensors |= {"run.labels": labels(STEPS * rounds, batch), "run.generated_labels": labels(STEPS, batch)}
    item_labels = tensors.get("run.labels", [None] * STEPS * rounds)
    generated_labels = tensors.get("run.generated_labels", [None] * STEPS)

    average = {name: value.clone() for name, value in state(generator, "average.generator").items()}
    generator_optimiser = optimiser(training["generator_optimizer"], generator.parameters())
    discriminator_optimiser = optimiser(training["discriminator_optimizer"], discriminator.parameters())
    discriminator_loss, generator_loss = OBJECTIVES[training["objective"]]
    mixes = any(isinstance(module, nn.BatchNorm2d) for module in discriminator.modules())
    noises, batches, losses, norms, seen = iter(tensors["run.latents"]), iter(tensors["run.items"]), [], [], 0
    for step in range(STEPS):
        for turn in range(rounds):
            real, label = next(batches), item_labels[step * rounds + turn]
            fake = generator(next(noises), label)
            shown = fake.detach()
            if mixes:
                real_logits, fake_logits = discriminator(real, label), discriminator(shown, label)
            else:
                both = None if label is None else torch.cat([label, label])
                real_logits, fake_logits = discriminator(torch.cat([real, shown]), both).chunk(2)
            loss = discriminator_loss(real_logits, fake_logits)
            norms_of_step = [update(discriminator, discriminator_optimiser, loss)]
        if training["fresh_fakes"]:
            label = generated_labels[step]
            fake = generator(next(noises), label)
        generated_loss = generator_loss(discriminator(fake, label))
        norms_of_step.append(update(generator, generator_optimiser, generated_loss))
        losses.append(torch.stack([loss.detach(), generated_loss.detach()]))
        norms.append(torch.stack(norms_of_step))
        seen += batch * rounds
        half_life = min(training["ema_half_life"], training["ema_ramp_up"] * seen)
        decay = 0.5 ** (batch * rounds / half_life)
        for name, value in state(generator, "average.generator").items():
            average[name] = value if "running_" in name else torch.lerp(value, average[name], decay)
    tensors |= {"run.losses": torch.stack(losses), "run.gradient_norms": torch.stack(norms)}
    tensors |= state(generator, "final.generator") | state(discriminator, "final.discriminator")
    return tensors | {f"final.{name}": value for name, value in average.items()}


def update(network, optimiser, loss):
    parameters = list(network.parameters())
    gradients = torch.autograd.grad(loss, parameters)
    for parameter, gradient in zip(parameters, gradients):
        parameter.grad = gradient
    optimiser.step()
    return torch.stack([gradient.pow(2).sum() for gradient in gradients]).sum().sqrt()


def training(objective, optimiser, discriminator_steps=1, batch_size=6, other=None, fresh_fakes=True):
    return {
        "steps": STEPS,
        "batch_size": batch_size,
        "objective": objective,
        "discriminator_steps": discriminator_steps,
        "fresh_fakes": fresh_fakes,
        "generator_optimizer": optimiser,
        "discriminator_optimizer": other or optimiser,
        "ema_half_life": 20.0,
        "ema_ramp_up": 0.5,
    }


ADAM = {"type": "adam", "learning_rate": 0.002, "beta1": 0.5, "beta2": 0.999}
SGD = {"type": "sgd", "learning_rate": 0.05, "momentum": 0.9}


def perceptrons(generator, discriminator, activation, **rest):
    return {
        "architecture": "mlp",
        "latent_dim": 4,
        "conditional": False,
        "generator": {"hidden": generator, "activation": activation},
        "discriminator": {"hidden": discriminator, "activation": activation},
    } | rest


RUNS = {
    "mlp": (
        {
            "model": perceptrons([12, 10], [10, 12], "leaky_relu"),
            "training": training("non_saturating", ADAM, discriminator_steps=2),
        },
        (3,),
        0,
    ),
    "mlp_conditional": (
        {
            "model": perceptrons([16], [16], "tanh", conditional=True, embedding_dim=3),
            "training": training("hinge", ADAM, other=SGD),
        },
        (1, 8, 9),
        3,
    ),
    "dcgan": (
        {
            "model": {
                "architecture": "dcgan",
                "latent_dim": 5,
                "conditional": False,
                "base_channels": 4,
                "stages": 2,
            },
            "training": training("non_saturating", ADAM),
        },
        (1, 12, 12),
        0,
    ),
    "dcgan_conditional": (
        {
            "model": {
                "architecture": "dcgan",
                "latent_dim": 5,
                "conditional": True,
                "embedding_dim": 3,
                "base_channels": 3,
                "stages": 2,
            },
            "training": training("least_squares", ADAM),
        },
        (3, 9, 13),
        4,
    ),
    "classic": (
        {"model": perceptrons([12, 12], [12, 12], "relu"), "training": training("minimax", SGD)},
        (2,),
        0,
    ),
    "dcgan_shared_fakes": (
        {
            "model": {
                "architecture": "dcgan",
                "latent_dim": 5,
                "conditional": True,
                "embedding_dim": 3,
                "base_channels": 3,
                "stages": 1,
            },
            "training": training("non_saturating", ADAM, discriminator_steps=2, fresh_fakes=False),
        },
        (1, 8, 8),
        3,
    ),
}


def main():
    torch.set_num_threads(1)
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    save(folder / "objectives.safetensors", objectives(), {"torch": torch.__version__})
    for seed, (name, (spec, item, classes)) in enumerate(RUNS.items()):
        spec |= {
            "dataset_id": "ds_golden",
            "preset": "auto",
            "seed": seed,
            "threads": 1,
            "checkpoint": {"every_steps": 5, "keep": 1},
        }
        metadata = {
            "torch": torch.__version__,
            "spec": json.dumps(spec),
            "item": json.dumps(item),
            "classes": str(classes),
        }
        save(folder / f"{name}.safetensors", run(spec, item, classes, seed), metadata)


main()
