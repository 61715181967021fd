"""Who gets in: people (buyers and staff) and programs; accounts/permissions.py: to do what."""

from typing import Any, ClassVar, Final

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a member of staff does in the shop. `accounts.permissions` says what each may do."""

    SUPPORT = "SUPPORT", _("Support")
    WAREHOUSE = "WAREHOUSE", _("Warehouse")
    FINANCE = "FINANCE", _("Finance")
    MANAGER = "MANAGER", _("Manager")


# Who has a way into the back office, unless it is switched off; an index has the same words.
HAS_ROLE: Final = models.Q(is_superuser=True) | ~models.Q(roles=[])


class UserManager(DjangoUserManager["User"]):
    """Creates users by e-mail address, in small letters; there are no user names."""

    def staff(self) -> "models.QuerySet[User]":
        """Everybody who works here (`User.works_here`), however many buyers have a login."""
        return self.filter(HAS_ROLE, is_active=True)

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
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["name", "id"], name="accounts_user_staff", condition=HAS_ROLE)
        ]
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


class Scope(models.TextChoices):
    """What a program may read or change. Names as the access scopes of Shopify's API."""

    READ_RETURNS = "read_returns", _("Read returns")
    WRITE_RETURNS = "write_returns", _("Create and change returns")
    READ_ORDERS = "read_orders", _("Read orders")
    WRITE_ORDERS = "write_orders", _("Send orders in, and refund them")
    READ_FULFILLMENTS = "read_fulfillments", _("Read what was sent")
    WRITE_FULFILLMENTS = "write_fulfillments", _("Tell what was sent")
    READ_CUSTOMERS = "read_customers", _("Read customers")
    WRITE_CUSTOMERS = "write_customers", _("Send customers in")
    READ_PRODUCTS = "read_products", _("Read products")
    READ_LOCATIONS = "read_locations", _("Read locations")
    READ_STORE_CREDIT = "read_store_credit_accounts", _("Read store credit accounts")
    READ_STORE_CREDIT_ENTRIES = (
        "read_store_credit_account_transactions",
        _("Read entries of store credit"),
    )
    WRITE_STORE_CREDIT_ENTRIES = (
        "write_store_credit_account_transactions",
        _("Add and take store credit"),
    )
    READ_LEGAL_POLICIES = "read_legal_policies", _("Read policies")


class ApiClient(models.Model):
    """A program that calls the APIs with a token, of which only the hash is kept.

    `spent_millis` is how full its bucket of query costs was at `spent_at`, in thousandths of a
    point; it leaks as time goes by (accounts/clients.py).
    """

    name = models.CharField(_("name"), max_length=100)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    token_hint = models.CharField(_("end of the token"), max_length=4, editable=False)
    scopes = ArrayField(models.CharField(max_length=50, choices=Scope), verbose_name=_("scopes"))
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True)
    spent_millis = models.PositiveBigIntegerField(default=0, editable=False)
    spent_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("API client")
        verbose_name_plural = _("API clients")
        ordering = ("name", "id")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=[str(scope) for scope in Scope]),
                name="accounts_apiclient_scopes_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name
