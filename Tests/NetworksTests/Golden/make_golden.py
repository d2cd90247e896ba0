#!/usr/bin/env python3
"""Writes the reference numbers of the tests beside this file, computed by PyTorch.

    pip install torch==2.13.0 numpy && python make_golden.py

Each file is a safetensors file. A tensor is named `case/role`, such as `linear/input`; a case's options are the
file's metadata under its name, as JSON.
"""

import json
import pathlib
import struct

import numpy
import torch
from torch import nn
from torch.nn import functional

FOLDER = pathlib.Path(__file__).parent


def write(name, tensors, options):
    """A safetensors file: length of the header, header, bytes."""
    header = {"__metadata__": {case: json.dumps(values, sort_keys=True) for case, values in options.items()}}
    blob = b""
    kinds = {numpy.dtype("float32"): "F32", numpy.dtype("int64"): "I64", numpy.dtype("float64"): "F64"}
    for key in sorted(tensors):
        array = tensors[key].detach().contiguous().numpy()
        data = array.tobytes()
        header[key] = {
            "dtype": kinds[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [len(blob), len(blob) + len(data)],
        }
        blob += data
    text = json.dumps(header, sort_keys=True).encode()
    text += b" " * (-len(text) % 8)
    (FOLDER / name).write_bytes(struct.pack("<Q", len(text)) + text + blob)


def layers():
    torch.manual_seed(1)
    cases = {
        "linear": (nn.Linear(7, 5), (6, 7), {}),
        "linear_without_bias": (nn.Linear(7, 5, bias=False), (6, 7), {}),
        "linear_relu": (nn.Sequential(nn.Linear(7, 5), nn.ReLU()), (6, 7), {}),
        "linear_leaky_relu": (nn.Sequential(nn.Linear(7, 5), nn.LeakyReLU(0.2)), (6, 7), {}),
        "linear_tanh": (nn.Sequential(nn.Linear(7, 5), nn.Tanh()), (6, 7), {}),
        "linear_sigmoid": (nn.Sequential(nn.Linear(7, 5), nn.Sigmoid()), (6, 7), {}),
        "embedding": (nn.Embedding(9, 4), None, {}),
        "batch_norm_1d": (nn.BatchNorm1d(5), (8, 5), {}),
        "batch_norm_2d": (nn.BatchNorm2d(3), (4, 3, 5, 6), {}),
        "batch_norm_relu": (nn.Sequential(nn.BatchNorm2d(3), nn.ReLU()), (4, 3, 5, 6), {}),
        "flatten": (nn.Flatten(), (3, 2, 4, 5), {}),
    }
    for kernel, stride, padding in [(1, 1, 0), (3, 1, 1), (4, 2, 1), (5, 2, 2), (4, 1, 0)]:
        options = {"kernel": kernel, "stride": stride, "padding": padding}
        name = f"convolution_{kernel}_{stride}_{padding}"
        cases[name] = (nn.Conv2d(3, 6, kernel, stride, padding), (2, 3, 9, 8), options)
    for kernel, stride, padding, output_padding in [(3, 1, 1, 0), (4, 2, 1, 0), (4, 1, 0, 0), (5, 2, 2, 1)]:
        options = {"kernel": kernel, "stride": stride, "padding": padding, "output_padding": output_padding}
        name = f"transposed_{kernel}_{stride}_{padding}_{output_padding}"
        cases[name] = (nn.ConvTranspose2d(6, 3, kernel, stride, padding, output_padding), (2, 6, 5, 4), options)
    # Wide enough for the blocked kernels, and of a batch that several threads share.
    cases["convolution_wide"] = (
        nn.Sequential(nn.Conv2d(16, 16, 4, 2, 1, bias=False), nn.LeakyReLU(0.2)), (4, 16, 8, 8), {})
    cases["transposed_wide"] = (
        nn.Sequential(nn.ConvTranspose2d(16, 16, 4, 2, 1, bias=False), nn.Tanh()), (4, 16, 4, 4), {})

    tensors, options = {}, {}
    for name, (layer, shape, case_options) in cases.items():
        options[name] = case_options
        for parameter_name, parameter in layer.named_parameters():
            if name.startswith("batch_norm"):
                nn.init.normal_(parameter, 1.0, 0.3)
            tensors[f"{name}/parameter/{parameter_name}"] = parameter.detach().clone()
        for buffer_name, buffer in layer.named_buffers():
            if buffer_name.endswith("num_batches_tracked"):
                continue
            buffer.uniform_(0.5, 1.5)
            tensors[f"{name}/buffer/{buffer_name}"] = buffer.clone()
        indices = shape is None
        value = torch.randint(0, 9, (6,)) if indices else torch.randn(shape)
        tensors[f"{name}/input"] = value
        for mode in ["training", "inference"] if name.startswith("batch_norm") else ["training"]:
            layer.train(mode == "training")
            argument = value if indices else value.clone().requires_grad_()
            output = layer(argument)
            seed = torch.randn(output.shape)
            wanted = list(layer.parameters()) + ([] if indices else [argument])
            gradients = torch.autograd.grad(output, wanted, seed)
            tensors[f"{name}/{mode}/output"] = output
            tensors[f"{name}/{mode}/output_gradient"] = seed
            for (parameter_name, _), gradient in zip(layer.named_parameters(), gradients):
                tensors[f"{name}/{mode}/gradient/{parameter_name}"] = gradient
            if not indices:
                tensors[f"{name}/{mode}/input_gradient"] = gradients[-1]
            for buffer_name, buffer in layer.named_buffers():
                if not buffer_name.endswith("num_batches_tracked"):
                    tensors[f"{name}/{mode}/buffer/{buffer_name}"] = buffer.clone()
    write("layers.safetensors", tensors, options)


def functions():
    torch.manual_seed(2)
    one = {
        "negate": lambda x: -x,
        "exponential": torch.exp,
        "logarithm": lambda x: torch.log(x.abs() + 0.1),
        "square_root": lambda x: torch.sqrt(x.abs() + 0.1),
        "square": torch.square,
        "magnitude": torch.abs,
        "sine": torch.sin,
        "cosine": torch.cos,
        "power": lambda x: (x.abs() + 0.1) ** 1.7,
        "softplus": functional.softplus,
        "log_sigmoid": functional.logsigmoid,
        "sigmoid": torch.sigmoid,
        "relu": torch.relu,
        "tanh": torch.tanh,
        "leaky_relu": lambda x: functional.leaky_relu(x, 0.2),
        "log_softmax": lambda x: functional.log_softmax(x, 1),
        "clamp": lambda x: torch.clamp(x, -0.5, 1.0),
        "number_minus": lambda x: 2.5 - x,
        "number_divided": lambda x: 2.5 / (x.abs() + 0.5),
        "sum": lambda x: x.sum(),
        "sum_rows": lambda x: x.sum(0),
        "mean_columns": lambda x: x.mean(1, keepdim=True),
        "largest": lambda x: x.amax(1),
        "smallest": lambda x: x.amin(0),
        "cross_entropy_real": lambda x: functional.binary_cross_entropy_with_logits(x, torch.ones_like(x)),
        "cross_entropy_fake": lambda x: functional.binary_cross_entropy_with_logits(x, torch.zeros_like(x)),
        "cross_entropy_smooth": lambda x: functional.binary_cross_entropy_with_logits(x, torch.full_like(x, 0.9)),
        "permute": lambda x: x.permute(1, 0),
        "narrow": lambda x: x.narrow(1, 2, 3),
        "select": lambda x: x.index_select(0, torch.tensor([2, 0, 2])),
        "expand": lambda x: x.reshape(4, 1, 6).expand(4, 3, 6),
        "pad": lambda x: functional.pad(x.reshape(1, 1, 4, 6), (3, 4, 1, 2), value=0.5),
        "concatenate": lambda x: torch.cat([x, x * 2], 1),
    }
    two = {
        "add": torch.add,
        "subtract": torch.sub,
        "multiply": torch.mul,
        "divide": lambda x, y: x / (y.abs() + 0.5),
        "maximum": torch.maximum,
        "minimum": torch.minimum,
        "add_row": lambda x, y: x + y[0],
        "matmul": lambda x, y: x @ y.T,
    }
    tensors = {}
    x, y = torch.randn(4, 6) * 2, torch.randn(4, 6) * 2
    # Far out, where naive formulas overflow.
    x[0, 0], x[1, 1] = 60.0, -60.0
    tensors["x"], tensors["y"] = x, y
    for table, arguments in [(one, [x]), (two, [x, y])]:
        for name, function in table.items():
            leaves = [argument.clone().requires_grad_() for argument in arguments]
            output = function(*leaves)
            seed = torch.randn(output.shape)
            tensors[f"{name}/output"] = output
            tensors[f"{name}/output_gradient"] = seed
            for role, gradient in zip(["x", "y"], torch.autograd.grad(output, leaves, seed)):
                tensors[f"{name}/gradient/{role}"] = gradient
    write("functions.safetensors", tensors, {})


def penalties():
    """Gradients of |∂D/∂x|², the squared gradient norm that R1 and its kin are made of."""
    torch.manual_seed(3)
    networks = {
        "mlp": (nn.Sequential(nn.Linear(3, 8), nn.LeakyReLU(0.2), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1)), (5, 3)),
        "convolutional": (
            nn.Sequential(nn.Conv2d(2, 4, 4, 2, 1), nn.LeakyReLU(0.2), nn.Conv2d(4, 1, 4, 1, 0)), (5, 2, 8, 8)),
        "sigmoid": (nn.Sequential(nn.Linear(3, 8), nn.Sigmoid(), nn.Linear(8, 1)), (5, 3)),
    }
    tensors = {}
    for name, (network, shape) in networks.items():
        for parameter_name, parameter in network.named_parameters():
            tensors[f"{name}/parameter/{parameter_name}"] = parameter.detach().clone()
        value = torch.randn(shape, requires_grad=True)
        (slope,) = torch.autograd.grad(network(value).sum(), value, create_graph=True)
        penalty = slope.square().sum()
        tensors[f"{name}/input"] = value
        tensors[f"{name}/penalty"] = penalty
        gradients = torch.autograd.grad(penalty, list(network.parameters()), allow_unused=True)
        for (parameter_name, _), gradient in zip(network.named_parameters(), gradients):
            if gradient is not None:
                tensors[f"{name}/gradient/{parameter_name}"] = gradient
    write("penalties.safetensors", tensors, {})


def optimisers():
    torch.manual_seed(4)
    shapes = {"matrix": (3, 4), "filter": (2, 3, 3, 3), "bias": (5,)}
    start = {name: torch.randn(shape) for name, shape in shapes.items()}
    gradients = [{name: torch.randn(shape) * 0.3 for name, shape in shapes.items()} for _ in range(10)]
    tensors, options = {}, {}
    for name in shapes:
        tensors[f"start/{name}"] = start[name]
        tensors[f"gradients/{name}"] = torch.stack([each[name] for each in gradients])

    grid = []
    for rate in [2e-4, 5e-2]:
        for betas in [(0.5, 0.999), (0.0, 0.99), (0.9, 0.999)]:
            for epsilon in [1e-8, 1e-3]:
                for decay in [0.0, 0.1]:
                    case = {"lr": rate, "betas": betas, "eps": epsilon, "weight_decay": decay}
                    grid.append(("adam", torch.optim.Adam, case))
        for momentum, dampening, nesterov in [(0.0, 0.0, False), (0.9, 0.0, False), (0.9, 0.3, False), (0.9, 0.0, True)]:
            for decay in [0.0, 0.1]:
                case = {"lr": rate, "momentum": momentum, "dampening": dampening, "nesterov": nesterov,
                        "weight_decay": decay}
                grid.append(("sgd", torch.optim.SGD, case))
    for index, (kind, make, case) in enumerate(grid):
        label = f"{kind}_{index:02}"
        options[label] = case
        parameters = {name: nn.Parameter(value.clone()) for name, value in start.items()}
        optimiser = make(list(parameters.values()), foreach=False, fused=False, **case)
        for step, each in enumerate(gradients, 1):
            for name, parameter in parameters.items():
                parameter.grad = each[name].clone()
            optimiser.step()
            if step in (1, 10):
                for name, parameter in parameters.items():
                    tensors[f"{label}/{step}/{name}"] = parameter.detach().clone()
    write("optimisers.safetensors", tensors, options)


if __name__ == "__main__":
    torch.set_num_threads(1)
    layers()
    functions()
    penalties()
    optimisers()
