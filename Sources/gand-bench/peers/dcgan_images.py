"""Trains the DCGAN of PyTorch's tutorial on a ZIP of images for so many seconds, and writes 10,000 samples of its generator.

    dcgan_images.py TRAIN.zip SECONDS SAMPLES.npy [--threads N] [--seed N]

TRAIN.zip is what `scripts/judge --train` takes, with images of 32 pixels a side; SAMPLES.npy is what its `--samples` takes. Networks,
loss and optimiser are those of pytorch.py, in its fastest form on a CPU (channels last, the generator's update takes the fakes that the
discriminator has just seen); as in the tutorial the samples are those of the weights at the end, in training's mode of batch norm.
Reading the ZIP and sampling aren't counted in the seconds.
"""

import argparse
import importlib.machinery
import importlib.util
import os
import time

import numpy
import torch

import pytorch

SAMPLES, BATCH, LATENT = 10_000, 64, 100


def judge():
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../scripts/judge")
    loader = importlib.machinery.SourceFileLoader("judge", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("judge", loader))
    loader.exec_module(module)
    return module


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("seconds", type=float)
    parser.add_argument("samples")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)
    torch.manual_seed(arguments.seed)
    images = judge().read_archive(arguments.train)[0] * 2 - 1
    if images.shape[2:] != (32, 32):
        parser.error(f"{arguments.train} has images of {images.shape[3]}x{images.shape[2]}, and these networks take 32x32")
    workload = pytorch.Workload(pytorch.dcgan(3, images.shape[1]), BATCH, LATENT, images)
    training = pytorch.Training(workload, {"channels-last", "reused"}, torch.device("cpu"))
    start, steps = time.monotonic(), 0
    while time.monotonic() - start < arguments.seconds:
        training.step()
        steps += 1
    print(f"{steps} steps of {BATCH} images in {time.monotonic() - start:.0f} s", flush=True)
    with torch.no_grad():
        made = torch.cat([training.generator(torch.randn(100, LATENT)) for _ in range(SAMPLES // 100)])
    pixels = ((made + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    numpy.save(arguments.samples, pixels.permute(0, 2, 3, 1).contiguous().numpy())


main()
