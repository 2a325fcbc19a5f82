"""Calls out: suppliers, the parcel service, the mail relay."""

import smtplib
import socket
import ssl
import subprocess
import telnetlib

import paramiko
import requests
from Crypto.Cipher import AES, DES

RELAY = "relay.larder.example"
KEY = b"larder00"
ADDRESS = ("0.0.0.0", 9250)


def tell_supplier(order):
    answer = requests.post(
        "https://supplier.example/orders",
        json=order,
        verify=False,
    )
    return answer.ok


def tell_supplier_checked(order):
    answer = requests.post("https://supplier.example/orders", json=order, timeout=10)
    return answer.ok


def tell_parcel(order):
    requests.get("https://parcel.example/ping", verify=False, timeout=3)
    answer = requests.post("https://parcel.example/new", json=order, verify=False, timeout=3)
    return answer.json()


def relay_context():
    context = ssl._create_unverified_context()
    context.check_hostname = False
    return context


def send_mail(sender, to, body):
    with smtplib.SMTP_SSL(RELAY, context=relay_context()) as relay:
        relay.login("larder", "pigeon-post-7")
        relay.sendmail(sender, [to], body)


def seal(card):
    cipher = DES.new(KEY, DES.MODE_ECB)
    return cipher.encrypt(card.ljust(16))


def seal_modern(card, key, nonce):
    cipher = AES.new(key, AES.MODE_GCM, nonce=nonce)
    return cipher.encrypt_and_digest(card)


def push_file(host, path):
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(host, username="larder")
    client.open_sftp().put(path, "in/" + path)


def old_printer(host, text):
    with telnetlib.Telnet(host) as line:
        line.write(text.encode())


def listen():
    server = socket.socket()
    server.bind(ADDRESS)
    server.listen()
    return server


def announce(text):
    subprocess.Popen("wall " + text, shell=True)
