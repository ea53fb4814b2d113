"""How somebody is called where there is little room."""


def initials_of(name: str, email: str) -> str:
    """This will take the first letters of the first and last word of a name, or of the address where there is no name."""
    words = (name or email.split("@")[0].replace(".", " ")).split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()
