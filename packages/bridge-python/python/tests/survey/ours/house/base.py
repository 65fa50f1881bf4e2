"""The common base of the agents of this package."""


class HouseAgent:
    prefix = "house"

    def run(self, text):
        return f"{self.prefix}: {text}"
