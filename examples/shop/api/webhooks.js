'use strict';

const axios = require('axios');
const express = require('express');
const libxml = require('libxmljs');
const xpath = require('xpath');

const router = express.Router();
const PARTNERS = new Map([
  ['parcel', 'https://parcel.example/hook'],
  ['bank', 'https://bank.example/hook'],
]);

process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';

router.post('/test', async (req, res) => {
  const answer = await axios.get(req.body.url);
  res.status(answer.status).send(answer.data);
});

router.post('/partner', async (req, res) => {
  const url = PARTNERS.get(req.body.partner);
  if (!url) {
    return res.sendStatus(404);
  }
  const answer = await axios.post(url, { ping: true });
  return res.sendStatus(answer.status);
});

router.post('/feed', (req, res) => {
  const document = libxml.parseXml(req.body.xml, { noent: true });
  res.json({ items: document.find('//item').length });
});

router.post('/feed/find', (req, res) => {
  const document = libxml.parseXml(req.body.xml, { noent: false });
  const found = xpath.select("//item[@sku='" + req.query.sku + "']", document);
  res.json({ found: found.length });
});

router.post('/later', (req, res) => {
  setTimeout('notify("' + req.body.name + '")', 1000);
  res.sendStatus(202);
});

module.exports = router;
