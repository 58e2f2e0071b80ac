// Frames the demo page as wide as a task pane, with this page's own query.
document.getElementById("frame").src = `taskpane.html${location.search}`;
