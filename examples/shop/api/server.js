'use strict';

const crypto = require('crypto');
const express = require('express');
const https = require('https');

const products = require('./products');
const reviews = require('./reviews');
const sessions = require('./sessions');
const uploads = require('./uploads');
const webhooks = require('./webhooks');

const app = express();
const signingKey = 'larder-api-signing-key-1';

app.use(express.json());
app.use('/products', products);
app.use('/reviews', reviews);
app.use('/sessions', sessions);
app.use('/uploads', uploads);
app.use('/webhooks', webhooks);

app.use((req, res, next) => {
  res.setHeader('Access-Control-Allow-Origin', req.headers.origin || '*');
  res.setHeader('Access-Control-Allow-Credentials', 'true');
  next();
});

app.get('/status', (req, res) => {
  const agent = new https.Agent({ rejectUnauthorized: false });
  https.get('https://stock.larder.example/status', { agent }, (up) => {
    res.json({ stock: up.statusCode });
  });
});

app.get('/signature', (req, res) => {
  const given = String(req.query.signature);
  const wanted = crypto.createHmac('sha256', signingKey).update(req.path).digest('hex');
  if (given === wanted) {
    return res.json({ ok: true });
  }
  return res.status(403).json({ ok: false });
});

app.get('/hello', (req, res) => {
  res.send('<h1>Hello ' + req.query.name + '</h1>');
});

app.get('/out', (req, res) => {
  res.redirect(req.query.url);
});

app.use((error, req, res, next) => {
  res.status(500).send('<pre>' + error.stack + '</pre>');
  next();
});

module.exports = app;
