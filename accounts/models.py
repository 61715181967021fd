"""People who sign in: buyers and staff. What staff may do follows from their roles."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member of staff does in the shop. `accounts.permissions` says what each may do."""

    SUPPORT = "SUPPORT", _("Support")
    WAREHOUSE = "WAREHOUSE", _("Warehouse")
    FINANCE = "FINANCE", _("Finance")
    MANAGER = "MANAGER", _("Manager")


class UserManager(DjangoUserManager["User"]):
    """Creates users by e-mail address, in small letters; there are no user names."""

    def _create(self, email: str, password: str | None, **fields: Any) -> "User":
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create someone who can sign in; without a password only by a mailed code."""
        return self._create(email, password, **fields)

    def create_superuser(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create a manager who may also use Django's admin."""
        fields = {"roles": [Role.MANAGER], **fields, "is_staff": True, "is_superuser": True}
        return self._create(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Find a user by e-mail address, whatever its case."""
        return self.get(email=(username or "").lower())


class User(AbstractUser):
    """Somebody with a login. Buyers have no role; a role makes a member of staff."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role),
        verbose_name=_("roles"),
        default=list,
        blank=True,
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # Libraries look people up by the address in small letters, and nothing else.
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")), name="accounts_user_email_lower"
            ),
            models.CheckConstraint(
                condition=models.Q(roles__contained_by=[str(role) for role in Role]),
                name="accounts_user_roles_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email

    @property
    def works_here(self) -> bool:
        """Whether this is a member of staff, so that the back office lets them in."""
        return self.is_active and (self.is_superuser or bool(self.roles))
