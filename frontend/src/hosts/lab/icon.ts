import { LabIcon } from "@jupyterlab/ui-components";

/** A pulse; the class sets the colour of the page's icons. */
export const sprintIcon = new LabIcon({
  name: "realtime-widgets:sprint",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16" fill="none">
    <path class="jp-icon3" stroke="#616161" stroke-width="2" stroke-linecap="round"
      stroke-linejoin="round" d="M2.5 12.5h4l3-8 5 15 3-7h4" />
  </svg>`,
});
