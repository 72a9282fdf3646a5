"""A small residual classifier for the ten CIFAR-10 classes (the network is in `network`)."""
