"""`podlynx events`: a file a verb; where events come from in `where`, how they are printed in `table`, `report` and `hexdump`."""
