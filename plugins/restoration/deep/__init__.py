"""One learnt denoiser for grey and colour photos that also says how sure it is."""
