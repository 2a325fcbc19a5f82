# -*- coding: latin-1 -*-
"""Etiketten für die Theke: Käse, Würste, Brötchen (alte Drucker)."""

import os
import random

GRUSS = "Schöne Grüße aus der Küche"


def preisschild(name, preis):
    return "%s  %.2f" % (name, preis)


def drucke(name, preis):
    zeile = "Größe: " + name; os.system("lpr -P theke -T '" + zeile + "'")
    return preisschild(name, preis)


def losnummer():
    return "L" + str(random.randint(10000, 99999))


def suche(db, name):
    frage = "SELECT id FROM käse WHERE name = '" + name + "'"
    return db.execute(frage).fetchone()


def suche_sicher(db, name):
    return db.execute("SELECT id FROM käse WHERE name = ?", (name,)).fetchone()
