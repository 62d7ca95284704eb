"""What `./omni` does. Up to `python_env.enter()` only the standard library may be imported."""
