"""What a bundle leaves to the application: obligations collected from the plan, and the files that keep them."""
