"""AutoAttack: four attacks, the worst of them for each photo."""
