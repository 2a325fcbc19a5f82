'use strict';

const express = require('express');
const pool = require('./pool');
const { escapeHtml } = require('./text');

const router = express.Router();
const MAIL = /^([a-zA-Z0-9]+)+@larder\.example$/;
const TITLE = /^[\w .,!?-]{1,80}$/;

router.post('/', async (req, res) => {
  if (!MAIL.test(req.body.mail) || !TITLE.test(req.body.title)) {
    return res.sendStatus(400);
  }
  await pool.query('INSERT INTO reviews (mail, title) VALUES ($1, $2)', [req.body.mail, req.body.title]);
  return res.sendStatus(201);
});

router.get('/find', async (req, res) => {
  const pattern = new RegExp(req.query.pattern);
  const all = await pool.query('SELECT id, body FROM reviews');
  res.json(all.rows.filter((row) => pattern.test(row.body)));
});

router.get('/:id', async (req, res) => {
  const found = await pool.query('SELECT body FROM reviews WHERE id = ' + req.params.id);
  res.send('<article>' + found.rows[0].body + '</article>');
});

router.get('/:id/plain', async (req, res) => {
  const found = await pool.query('SELECT body FROM reviews WHERE id = $1', [req.params.id]);
  res.send('<article>' + escapeHtml(found.rows[0].body) + '</article>');
});

router.delete('/:id', async (req, res) => {
  const id = req.params.id;
  await pool.query('DELETE FROM votes WHERE review = ' + id);
  await pool.query('DELETE FROM reviews WHERE id = ' + id);
  res.sendStatus(204);
});

module.exports = router;
