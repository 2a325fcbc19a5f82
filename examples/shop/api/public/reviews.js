/* Reviews below a product: built from nodes, never from text. */
(function () {
  'use strict';

  const list = document.getElementById('reviews');

  function entry(review) {
    const item = document.createElement('li');
    const author = document.createElement('b');
    author.textContent = review.author;
    item.append(author, ': ', review.body);
    return item;
  }

  async function load(product) {
    const answer = await fetch('/reviews?product=' + encodeURIComponent(product));
    const reviews = await answer.json();
    list.replaceChildren(...reviews.map(entry));
    list.innerHTML += '<li class="end"></li>';
  }

  window.addEventListener('message', (event) => {
    if (event.origin !== window.location.origin) {
      return;
    }
    load(String(event.data.product));
  });
})();
