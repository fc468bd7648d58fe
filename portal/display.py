"""How a person wants pages to look: theme, contrast, size, spacing. Kept in a cookie, works without JavaScript."""

from dataclasses import asdict, dataclass

COOKIE = "display"
CHOICES = {
    "theme": ("auto", "light", "dark"),
    "contrast": ("normal", "high", "blue"),
    "size": ("normal", "large", "huge"),
    "spacing": ("normal", "wide"),
}


@dataclass(frozen=True)
class Display:
    """One value of each of :data:`CHOICES`; the first is the default."""

    theme: str = "auto"
    contrast: str = "normal"
    size: str = "normal"
    spacing: str = "normal"

    @classmethod
    def from_values(cls, values) -> "Display":
        """Take what is known from ``values`` (a mapping); anything else becomes the default."""
        return cls(**{name: values[name] for name, known in CHOICES.items() if values.get(name) in known})

    @classmethod
    def of(cls, request) -> "Display":
        parts = request.COOKIES.get(COOKIE, "").split(".")
        return cls.from_values(dict(zip(CHOICES, parts, strict=False)))

    def cookie(self) -> str:
        return ".".join(asdict(self).values())
