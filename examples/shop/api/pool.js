'use strict';

const { Pool } = require('pg');

module.exports = new Pool({
  host: process.env.SHOP_DB_HOST,
  user: 'larder',
  password: process.env.SHOP_DB_PASSWORD,
  ssl: { rejectUnauthorized: true },
});
