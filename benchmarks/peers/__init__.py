"""The peers: each as its own guide sets it up, and as small."""
