<?php
// Prints a receipt at the kiosk by the door.

$db = mysqli_connect('localhost', 'kiosk', 'Rhubarb#1');
$number = $_GET['number'];

function rows_of($db, $number) {
    $query = "SELECT name, price FROM lines WHERE receipt = '" . $number . "'";
    return mysqli_query($db, $query);
}

function rows_of_safe($db, $number) {
    $statement = $db->prepare('SELECT name, price FROM lines WHERE receipt = ?');
    $statement->bind_param('s', $number);
    $statement->execute();
    return $statement->get_result();
}

function greeting() {
    echo "<h1>Hello " . $_GET['name'] . "</h1>";
    echo "<h2>" . htmlspecialchars($_GET['name']) . "</h2>";
}

function footer() {
    $page = $_GET['page'] ?? 'plain';
    include 'footers/' . $page . '.php';
}

function options() {
    return unserialize($_COOKIE['options']);
}

function print_it($number) {
    system('lpr receipts/' . $number . '.txt');
    system('lpr ' . escapeshellarg('receipts/' . $number . '.txt'));
}

function code($number) {
    return md5($number . 'kiosk') . rand(10, 99);
}

greeting();
foreach (rows_of($db, $number) as $row) {
    echo '<li>' . htmlspecialchars($row['name']) . ' ' . (float) $row['price'] . '</li>';
}
if (isset($_GET['print'])) {
    print_it($number);
}
footer();
