"""JAX's side of the benchmark, for the perceptrons: the same networks, batch, losses and optimiser as `gand-bench train`.

Run by compare.py as pytorch.py is. By hand: echo run 100 | python jax_peer.py ring jit

The whole step is one jitted function, from drawing the batch and the noise to both of Adam's updates, with its state
donated, so that XLA may work in place. With "reused" the generator's update takes the fakes that the discriminator just
saw, whose forward pass is then made once.
"""

import json
import sys
import time
from functools import partial

import jax
import jax.numpy as jnp

RATE, BETA1, BETA2, EPSILON = 2e-4, 0.5, 0.999, 1e-8


def leaky_relu(value):
    return jnp.where(value > 0, value, 0.2 * value)


def ring_points(key, count=10_000):
    angle = jax.random.randint(key, (count,), 0, 8) * (2 * jnp.pi / 8)
    return jnp.stack([jnp.cos(angle), jnp.sin(angle)], 1) + 0.01 * jax.random.normal(key, (count, 2))


WORKLOADS = {
    "ring": ([16, 128, 128, 2], [2, 128, 128, 1], jax.nn.relu, lambda value: value, 256, ring_points),
    "mnist-mlp": ([100, 256, 512, 784], [784, 512, 256, 1], leaky_relu, jnp.tanh, 64,
                  lambda key: jax.random.uniform(key, (4_000, 784), minval=-1, maxval=1)),
}


def perceptron(key, sizes):
    """Weights [in, out] and biases, drawn as PyTorch's linear layers draw theirs."""
    layers = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        key, weight, bias = jax.random.split(key, 3)
        limit = inputs**-0.5
        layers.append((jax.random.uniform(weight, (inputs, outputs), minval=-limit, maxval=limit),
                       jax.random.uniform(bias, (outputs,), minval=-limit, maxval=limit)))
    return layers


def adam(parameters, gradients, moments, count):
    def moved(value, gradient, mean, square):
        mean = BETA1 * mean + (1 - BETA1) * gradient
        square = BETA2 * square + (1 - BETA2) * gradient**2
        step = RATE * (mean / (1 - BETA1**count)) / (jnp.sqrt(square / (1 - BETA2**count)) + EPSILON)
        return value - step, mean, square

    moved_leaves = jax.tree.map(moved, parameters, gradients, *moments)
    return [jax.tree.map(lambda leaf: leaf[index], moved_leaves, is_leaf=lambda leaf: isinstance(leaf, tuple) and len(leaf) == 3)
            for index in range(3)]


def main():
    name, reused = sys.argv[1], "reused" in sys.argv[2]
    sizes, judge_sizes, activation, last, batch, make_items = WORKLOADS[name]
    key = jax.random.key(1)
    items = make_items(key)

    def forward(layers, value):
        for weight, bias in layers[:-1]:
            value = activation(value @ weight + bias)
        weight, bias = layers[-1]
        return value @ weight + bias

    def generate(generator, noise):
        return last(forward(generator, noise))

    def noise(key):
        return jax.random.normal(key, (batch, sizes[0]))

    @partial(jax.jit, donate_argnums=0)
    def step(state):
        key, generator, generator_moments, discriminator, discriminator_moments, count = state
        key, index_key, first, second = jax.random.split(key, 4)
        count = count + 1
        real = items[jax.random.randint(index_key, (batch,), 0, len(items))]
        if reused:
            fake, pull = jax.vjp(lambda layers: generate(layers, noise(first)), generator)
        else:
            fake = generate(generator, noise(first))

        def discriminator_loss(layers):
            logits = forward(layers, jnp.concatenate([real, jax.lax.stop_gradient(fake)]))[:, 0]
            return jax.nn.softplus(-logits[:batch]).mean() + jax.nn.softplus(logits[batch:]).mean()

        gradients = jax.grad(discriminator_loss)(discriminator)
        discriminator, *discriminator_moments = adam(discriminator, gradients, discriminator_moments, count)

        def fooled(made):
            return jax.nn.softplus(-forward(discriminator, made)).mean()

        if reused:
            loss, slope = jax.value_and_grad(fooled)(fake)
            (gradients,) = pull(slope)
        else:
            loss, gradients = jax.value_and_grad(lambda layers: fooled(generate(layers, noise(second))))(generator)
        generator, *generator_moments = adam(generator, gradients, generator_moments, count)
        return (key, generator, generator_moments, discriminator, discriminator_moments, count), loss

    def zeros(layers):
        return [jax.tree.map(jnp.zeros_like, layers) for _ in range(2)]

    generator, discriminator = perceptron(key, sizes), perceptron(jax.random.key(2), judge_sizes)
    state = (key, generator, zeros(generator), discriminator, zeros(discriminator), jnp.zeros(()))
    for line in sys.stdin:
        steps = int(line.split()[1])
        start = time.perf_counter()
        for _ in range(steps):
            state, loss = step(state)
        loss.block_until_ready()
        print(json.dumps({"steps": steps, "seconds": time.perf_counter() - start, "generator_loss": float(loss)}), flush=True)


main()
