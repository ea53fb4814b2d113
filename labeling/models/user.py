"""A user: a person who signs in, by e-mail address."""

from typing import Any

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from labeling.models.history import keeps_history
from labeling.models.names import initials_of
from labeling.roles import GRANTABLE, PERMISSIONS, Permission, Role
from sessions_app.compiled import compiled


class Theme(models.TextChoices):
    SYSTEM = "system", _("Match system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    COMPACT = "compact", _("Compact")
    DEFAULT = "default", _("Default")
    ROOMY = "roomy", _("Roomy")


class TimeDisplay(models.TextChoices):
    AGENT = "agent", _("Agent local time")
    MINE = "mine", _("My time")
    UTC = "utc", "UTC"


class Column(models.TextChoices):
    """The columns of the session list that a person may leave out. Started, Agent and Label always stay."""

    CHANNEL = "channel", _("Channel")
    FROM = "from", _("From")
    LENGTH = "length", _("Length")
    SIGNALS = "signals", _("Signals")
    AUTO = "auto", _("Auto")
    ISSUES = "issues", _("Issues")
    REVIEWERS = "reviewers", _("Reviewers")


class UserManager(BaseUserManager["User"]):
    def get(self, *args: Any, **kwargs: Any) -> "User":
        """Who is signed in is asked for at each request, by the key and nothing else."""
        if args or list(kwargs) != ["pk"] or not isinstance(kwargs["pk"], int):
            return super().get(*args, **kwargs)
        person = _by_key.first(kwargs["pk"])
        if person is None:
            raise User.DoesNotExist
        return person

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """This will make an admin; `createsuperuser` calls it, and it is the only way to the first account."""
        return self.create_user(email, password, **{"role": Role.ADMIN, "all_agents": True, **fields})

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=(email or "").lower())


# What an admin decides about a person. Neither the password nor what they chose for themselves.
@keeps_history(
    "UserHistory", "email", "name", "role", "is_active", "all_agents", "may_unmask", "may_read_transcripts", "may_hear_recordings", "takes_incidents"
)
class User(AbstractBaseUser):
    """The role gives the permissions; `agents` limits what a reviewer sees unless `all_agents` is set."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.REVIEWER)
    is_active = models.BooleanField(default=True)  # type: ignore[misc]
    may_unmask = models.BooleanField(default=False, help_text=_("May see phone numbers and names without a mask. Each reveal is logged."))
    may_read_transcripts = models.BooleanField(
        default=True, db_default=True, help_text=_("May read what was said. Names in free speech are not masked, so this is a right of its own.")
    )
    may_hear_recordings = models.BooleanField(default=True, db_default=True, help_text=_("May hear recordings. A voice cannot be masked."))
    # The newest version of the guide that they have opened.
    guide_read = models.PositiveIntegerField(null=True, blank=True)
    # A new reviewer sees nothing until somebody says what.
    all_agents = models.BooleanField(default=False)
    agents = models.ManyToManyField("sessions_app.Agent", blank=True, related_name="+")
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    density = models.CharField(max_length=7, choices=Density, default=Density.DEFAULT)
    time_display = models.CharField(max_length=5, choices=TimeDisplay, default=TimeDisplay.AGENT)
    time_zone = models.CharField(max_length=64, default="UTC")
    shortcuts = models.BooleanField(default=True)
    # How a person listens: percent of the recorded pace, leaving out silence, the transcript following.
    playback_speed = models.PositiveSmallIntegerField(default=100, db_default=100)
    skips_silence = models.BooleanField(default=False, db_default=False)
    follows_audio = models.BooleanField(default=True, db_default=True)
    languages = ArrayField(
        models.CharField(max_length=8),
        default=list,
        db_default=[],
        blank=True,
        help_text=_("In which they judge, as sessions name them, such as en,es. Of a queue that goes by language nobody without any is handed a session."),
    )
    takes_incidents = models.BooleanField(
        default=False, db_default=False, help_text=_("Is told at once, here and by mail, when something critical happens in a session they may see.")
    )
    # Of the list of sessions: the columns a person leaves out, by name, and the saved view that Sessions opens.
    hidden_columns = models.CharField(max_length=200, blank=True, default="", db_default="")
    default_view = models.ForeignKey("labeling.SavedView", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    # When they closed the three steps that every session page shows to who is new, or had taken them three times.
    steps_closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    # What a request has found out about its person, so that it asks once. Outside of requests there is none, and each question is asked anew.
    remembered: dict[str, Any] | None = None

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(condition=models.Q(playback_speed__gte=75, playback_speed__lte=200), name="user_playback_speed_fits"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def initials(self) -> str:
        return initials_of(self.name, self.email)

    @property
    def permissions(self) -> frozenset[str]:
        """Who may not read transcripts cannot label, whatever their role."""
        given = PERMISSIONS[self.role] | (GRANTABLE if self.may_unmask else frozenset())
        return given if self.may_read_transcripts else given - {Permission.LABEL}

    def may(self, permission: Permission) -> bool:
        return self.is_active and permission in self.permissions

    @property
    def columns_hidden(self) -> frozenset[str]:
        """A name that is no column any more hides nothing."""
        return frozenset(self.hidden_columns.split(",")) & frozenset(Column.values)

    @property
    def column_choices(self) -> list[tuple[str, str, bool]]:
        """Each column that can be left out: its name, its words, whether it is shown."""
        return [(column.value, str(column.label), column not in self.columns_hidden) for column in Column]

    def choose(self, **choices: Any) -> None:
        """This will save a person's own choices and nothing else: an admin may be changing their rights right now."""
        for name, value in choices.items():
            setattr(self, name, value)
        self.save(update_fields=list(choices))

    # The four names below are what the Django admin asks of a user.

    @property
    def is_staff(self) -> bool:
        return self.may(Permission.ADMINISTER)

    @property
    def is_superuser(self) -> bool:
        return self.is_staff

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_staff


@pghistory.track(
    pghistory.InsertEvent(),
    pghistory.DeleteEvent(),
    obj_field=None,
    model_name="UserAgentsHistory",
    append_only=True,
    context_field=pghistory.ContextJSONField(),
    context_id_field=None,  # type: ignore[arg-type]
)
class UserAgents(User.agents.through):  # type: ignore[misc,name-defined]
    """Which agents a person sees: tracked like their rights."""

    class Meta:
        proxy = True


@compiled
def _by_key(pk: Any) -> models.QuerySet[User]:
    return User.objects.filter(pk=pk)
