'use strict';

const { exec } = require('child_process');
const express = require('express');
const fs = require('fs');
const path = require('path');

const pool = require('./pool');
const { money } = require('./text');

const router = express.Router();
const PICTURES = path.join(__dirname, 'pictures');

function label(row) {
  return row.name + ' ' + money(row.price);
}

// One shelf at a time: the browser asks again when it scrolls.
router.get('/', async (req, res) => {
  const query = "SELECT id, name, price FROM products WHERE shelf = '" + req.query.shelf + "'";
  const found = await pool.query(query);
  res.json(found.rows);
});

router.get('/cheapest', async (req, res) => {
  const found = await pool.query(`SELECT id FROM products WHERE kind = '${req.query.kind}' ORDER BY price LIMIT 1`);
  const again = await pool.query(`SELECT id FROM offers WHERE kind = '${req.query.kind}' ORDER BY price LIMIT 1`);
  res.json({ product: found.rows[0], offer: again.rows[0] });
});

router.get('/picture', (req, res) => {
  const file = path.join(
    PICTURES,
    req.query.file,
  );
  fs.readFile(file, (error, data) => {
    if (error) {
      return res.sendStatus(404);
    }
    return res.type('png').send(data);
  });
});

router.post('/picture/shrink', (req, res) => {
  exec(
    "convert " + req.body.file + " -resize 50% " + req.body.file,
    (error) => {
      res.json({ ok: !error });
    },
  );
});

router.post('/price', (req, res) => {
  const formula = req.body.formula;
  const price = eval(formula);
  res.json({ price });
});

router.post('/price/margin', (req, res) => {
  const margin = new Function('cost', 'return ' + req.body.margin);
  res.json({ price: margin(Number(req.body.cost)) });
});

module.exports = router;
