"""Python, Ruby and JavaScript, read into one small tree. Nothing is run."""
