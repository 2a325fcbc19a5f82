'use strict';

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text) {
  return String(text).replace(/[&<>"']/g, (letter) => ENTITIES[letter]);
}

function money(cents) {
  return (cents / 100).toFixed(2) + ' €';
}

module.exports = { escapeHtml, money };
