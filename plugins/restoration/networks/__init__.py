"""Architectures of published restorers, for the weight files that users have: IMDN, AOD-Net, PReNet."""
