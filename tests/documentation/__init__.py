"""The READMEs: their code is run, their pictures are made."""
