"""How people sign in: by password, with a second factor, through the identity provider."""
