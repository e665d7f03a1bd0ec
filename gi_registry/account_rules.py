"""LEAF. Figures and rules of accounts, for the settings: passwords, tries, sessions. docs/accounts.md explains them."""

PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "gi_registry.passwords.EasyToGuessValidator"},
]

# allauth's: so many in minutes, hours, days, of a network (ip), an account (key) or somebody signed in (user).
RATE_LIMITS = {
    "signup": "20/h/ip",
    "login": "30/m/ip",
    "reset_password": "10/m/ip,3/h/key",
    "login_failed": "10/m/ip,100/h/ip,5/5m/key,15/h/key,40/d/key",  # wrong passwords and codes: the wait grows
    "reauthenticate": "10/m/user,60/h/user",
}

# Seconds that a session may rest, and that it lasts at most.
OFFICE_LIMITS = (3600, 12 * 3600)  # desk and page editor
PORTAL_LIMITS = (8 * 3600, 14 * 86400)
MOST_SESSIONS = 5  # of one person
PROOF_COUNTS = 300  # seconds that a proof of who somebody is is fresh enough for a decision
