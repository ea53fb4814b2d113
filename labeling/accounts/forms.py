"""What a password reset asks, and of whom."""

from allauth.account.forms import ResetPasswordForm

from labeling.models import User


class ResetForm(ResetPasswordForm):  # type: ignore[misc]
    def clean_email(self) -> str:
        """Who has no password gets none by mail: they are invited, or sign in through the identity provider."""
        email: str = super().clean_email()
        people: list[User] = self.users  # type: ignore[has-type]
        self.users = [person for person in people if person.has_usable_password()]
        return email
