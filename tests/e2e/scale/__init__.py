"""What 500 nodes and 5,000 pods cost the API server and the manager (`make scale`)."""
