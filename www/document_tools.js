/** The tools that this pane offers to the model, run only when the user allows it. */

/** @typedef {{ definition: { name: string, description: string, input_schema: Record<string, unknown> }, run: (context: any) => Promise<string> }} Tool */

/** @type {Tool[]} */
const TOOLS = [
  {
    definition: {
      name: "read_selection",
      description: "Reads the text that is selected in the user's document.",
      input_schema: { type: "object", properties: {}, additionalProperties: false },
    },
    run: readSelection,
  },
  {
    definition: {
      name: "current_date",
      description: "Tells today's date and the user's time zone.",
      input_schema: { type: "object", properties: {}, additionalProperties: false },
    },
    run: async () =>
      JSON.stringify({
        date: new Date().toISOString().slice(0, 10),
        time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      }),
  },
];

export const toolDefinitions = TOOLS.map((tool) => tool.definition);

/**
 * Runs a tool and returns its result block. A tool that can't run is a result
 * too: the model reads why.
 *
 * @param {{ id: string, name: string }} use
 * @param {any} context `Office.context`
 */
export async function runTool(use, context) {
  const result = { type: "tool_result", tool_use_id: use.id };
  const tool = TOOLS.find(({ definition }) => definition.name === use.name);
  if (!tool) return { ...result, content: "This pane has no such tool.", is_error: true };
  try {
    return { ...result, content: await tool.run(context) };
  } catch (error) {
    return { ...result, content: error instanceof Error ? error.message : String(error), is_error: true };
  }
}

/**
 * @param {any} context
 * @returns {Promise<string>}
 */
function readSelection(context) {
  const document = context?.document;
  if (typeof document?.getSelectedDataAsync !== "function") {
    return Promise.reject(new Error("The pane runs outside an Office document, so nothing is selected."));
  }
  return new Promise((resolve, reject) => {
    document.getSelectedDataAsync("text", (/** @type {any} */ result) => {
      if (result.status === "succeeded") resolve(String(result.value));
      else reject(new Error(result.error?.message || "The selection could not be read."));
    });
  });
}
