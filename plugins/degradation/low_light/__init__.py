"""Too little light, and the noise of the sensor."""
