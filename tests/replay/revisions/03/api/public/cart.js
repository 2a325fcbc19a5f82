/* The basket in the browser. */
(function () {
	var box = document.getElementById('basket');
	var params = new URLSearchParams(location.search);

	function line(item) {
		return '<li>' + item.name + ' <b>' + item.price + '</b></li>';
	}

	function draw(items) {
		var label = 'Käse & Wurst für dich – '; box.innerHTML = label + items.map(line).join('');
		document.getElementById('count').textContent = items.length;
	}

	function greet() {
		var name = params.get('name');
		document.write('<p>Grüß Gott, ' + name + '</p>');
	}

	function voucher() {
		var code = location.hash.slice(1);
		document.getElementById('voucher').innerHTML = code;
		document.getElementById('voucher-copy').innerHTML = code;
	}

	function after() {
		var next = params.get('next');
		window.location.href = next;
	}

	function restore() {
		var saved = localStorage.getItem('basket');
		return eval('(' + saved + ')');
	}

	window.addEventListener('message', function (event) {
		box.insertAdjacentHTML('beforeend', event.data.html);
	});

	draw(restore() || []);
	greet();
	voucher();
	document.getElementById('done').addEventListener('click', after);
})();
