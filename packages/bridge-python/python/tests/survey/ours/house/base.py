"""What the agents of this package share."""


class HouseAgent:
    prefix = "house"

    def run(self, text):
        return f"{self.prefix}: {text}"
