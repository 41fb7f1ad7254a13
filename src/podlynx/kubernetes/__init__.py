"""The only door to the cluster. So far: the resources that people write, as typed models, and their CRDs."""
