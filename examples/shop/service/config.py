"""Settings of the shop service.

Values come from the environment where it has them; what follows are the
values the shop was first run with.
"""

import os


class Base:
    NAME = "larder"
    PAGE_SIZE = 24
    CURRENCY = os.environ.get("SHOP_CURRENCY", "EUR")
    DATABASE = os.environ.get("SHOP_DATABASE", "var/shop.sqlite")
    EXPORT_ROOT = os.environ.get("SHOP_EXPORTS", "var/exports")
    MEDIA_ROOT = os.environ.get("SHOP_MEDIA", "var/media")
    SESSION_COOKIE_SECURE = False
    SESSION_COOKIE_HTTPONLY = True


class Production(Base):
    # A proper setting: nothing to start with when the variable is missing.
    SECRET_KEY = os.environ.get("SHOP_SECRET_KEY")
    PAYMENT_TOKEN = os.environ.get("SHOP_PAYMENT_TOKEN")


class Development(Base):
    SECRET_KEY = "larder-dev-2019-pepper"
    db_password = "Quince!Jam42"
    PAYMENT_TOKEN = "pay_live_9f31c07be2d84ac1"
    PASSWORD_HINT = "ask the warehouse"


def choose(name=None):
    name = name or os.environ.get("SHOP_ENV", "development")
    return {"production": Production, "development": Development}[name]
