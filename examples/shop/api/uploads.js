'use strict';

const AdmZip = require('adm-zip');
const { execSync } = require('child_process');
const express = require('express');
const fs = require('fs');
const path = require('path');
const serialize = require('node-serialize');

const router = express.Router();
const ROOT = path.join(__dirname, 'inbox');

function inside(root, name) {
  const full = path.resolve(root, name);
  if (!full.startsWith(root + path.sep)) {
    throw new Error('outside the inbox');
  }
  return full;
}

router.post('/zip', (req, res) => {
  const zip = new AdmZip(req.body.archive);
  for (const entry of zip.getEntries()) {
    fs.writeFileSync(ROOT + '/' + entry.entryName, entry.getData());
  }
  res.json({ ok: true });
});

router.post('/zip-safe', (req, res) => {
  const zip = new AdmZip(inside(ROOT, req.body.archive));
  for (const entry of zip.getEntries()) {
    fs.writeFileSync(inside(ROOT, entry.entryName), entry.getData());
  }
  res.json({ ok: true });
});

router.post('/basket', (req, res) => {
  const basket = serialize.unserialize(req.body.basket);
  res.json({ lines: basket.lines.length });
});

router.get('/count', (req, res) => {
  const listing = execSync('ls ' + req.query.folder).toString(); const size = execSync('du -s ' + req.query.folder).toString();
  res.json({ count: listing.split('\n').length, size });
});

router.delete('/:name', (req, res) => {
  fs.unlinkSync(ROOT + '/' + req.params.name);
  res.sendStatus(204);
});

module.exports = router;
