def make_verifier(mode, authorities): return None
