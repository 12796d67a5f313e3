"""What makes and checks the notebooks and the READMEs: execution, gate, standards, pictures."""
