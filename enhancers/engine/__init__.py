"""The engine that runs networks over decoded video: methods, devices, planes, tiles."""
