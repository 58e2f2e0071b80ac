parent.postMessage({ type: "taskpane-connector/sign-in", answer: "#code=forged&state=any" }, "*");
