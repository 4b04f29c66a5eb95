// Icons in the colour of the surrounding text.

import type { ComponentChildren, JSX } from "preact";
import type { Status } from "../protocol/messages.js";

interface Labelled {
  /** The accessible name, where there is no text beside it. */
  label?: string;
}

interface IconProps extends Labelled {
  children: ComponentChildren;
  spins?: boolean;
}

function Icon({ children, spins, label }: IconProps): JSX.Element {
  return (
    <svg
      class={spins ? "rtw-icon rtw-spins" : "rtw-icon"}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.75"
      stroke-linecap="round"
      stroke-linejoin="round"
      role="img"
      aria-label={label}
      aria-hidden={label === undefined}
      focusable="false"
    >
      {children}
    </svg>
  );
}

const ring = <circle cx="8" cy="8" r="6" />;

export const BellIcon = ({ isOn, ...props }: Labelled & { isOn: boolean }) => (
  <Icon {...props}>
    <path
      d="M8 2a4 4 0 0 0-4 4c0 3.5-1.5 5-1.5 5h11S12 9.5 12 6a4 4 0 0 0-4-4z"
      fill={isOn ? "currentColor" : "none"}
    />
    <path d="M6.8 13.6a1.4 1.4 0 0 0 2.4 0" />
  </Icon>
);

export const CheckIcon = (props: Labelled) => (
  <Icon {...props}>
    <path d="M3 8.5 6.5 12 13 4.5" />
  </Icon>
);

export const ColumnsIcon = (props: Labelled) => (
  <Icon {...props}>
    <path d="M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10" />
  </Icon>
);

export const CrossIcon = (props: Labelled) => (
  <Icon {...props}>
    <path d="m4 4 8 8m0-8-8 8" />
  </Icon>
);

export const FunnelIcon = (props: Labelled) => (
  <Icon {...props}>
    <path d="M2.5 3h11L9.5 8.5V13l-3-1.5v-3z" />
  </Icon>
);

export const SpinnerIcon = (props: Labelled) => (
  <Icon {...props} spins>
    <circle cx="8" cy="8" r="6" opacity="0.3" />
    <path d="M8 2a6 6 0 0 1 6 6" />
  </Icon>
);

/** Something that was started and did not finish. */
export const UnfinishedIcon = (props: Labelled) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="6" stroke-dasharray="2.5 3" />
  </Icon>
);

/** Something that is under way, where there is no room for one that moves. */
export const HalfIcon = (props: Labelled) => (
  <Icon {...props}>
    {ring}
    <path d="M8 2a6 6 0 0 0 0 12z" fill="currentColor" />
  </Icon>
);

/** Something that has an answer, of which it is not known whether it is a good one. */
export const DotIcon = (props: Labelled) => (
  <Icon {...props}>
    {ring}
    <circle cx="8" cy="8" r="2" fill="currentColor" stroke="none" />
  </Icon>
);

/** Something that was left before its end. */
export const StopIcon = (props: Labelled) => (
  <Icon {...props}>
    <rect x="3.5" y="3.5" width="9" height="9" rx="1" />
  </Icon>
);

export const WarningIcon = (props: Labelled) => (
  <Icon {...props}>
    <path d="M8 2.5 14.5 13.5h-13zM8 6.5v3M8 11.6v.1" />
  </Icon>
);

export const InfoIcon = (props: Labelled) => (
  <Icon {...props}>
    {ring}
    <path d="M8 7.5v3.5M8 5v.1" />
  </Icon>
);

export const ChevronIcon = () => (
  <Icon>
    <path d="m6 4 4 4-4 4" />
  </Icon>
);

export const ArrowDownIcon = () => (
  <Icon>
    <path d="M8 3v10m-4-4 4 4 4-4" />
  </Icon>
);

export const ArrowUpIcon = () => (
  <Icon>
    <path d="M8 13V3M4 7l4-4 4 4" />
  </Icon>
);

/** Filled, to differ from the others of its size by more than the colour. */
export const ErrorIcon = (props: Labelled) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="6.5" fill="currentColor" stroke="none" />
    <path d="M8 4.5v4M8 11.2v.1" stroke="var(--rtw-bg)" />
  </Icon>
);

export const MoreIcon = () => (
  <Icon>
    <path d="M3 8v.1M8 8v.1M13 8v.1" stroke-width="2.5" />
  </Icon>
);

export const LeaveFullScreenIcon = () => (
  <Icon>
    <path d="M6.5 2.5v4h-4M9.5 2.5v4h4M6.5 13.5v-4h-4M9.5 13.5v-4h4" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
    <path d="M10.5 3.5v-1h-8v8h1" />
  </Icon>
);

export const NotebookIcon = () => (
  <Icon>
    <path d="M4 2.5h8.5v11H4zM6.5 2.5v11M2.5 5.2H4M2.5 8H4M2.5 10.8H4" />
  </Icon>
);

const STATUS_ICONS: Record<Status, (props: Labelled) => JSX.Element> = {
  pending: () => (
    <Icon>
      {ring}
      <path d="M8 5v3l2 1.5" />
    </Icon>
  ),
  running: SpinnerIcon,
  needs_input: () => (
    <Icon>
      <path d="M2.5 3h11v8H8l-3 2.5V11H2.5z" />
      <path d="M8 5.2v2.2M8 9v.1" />
    </Icon>
  ),
  succeeded: CheckIcon,
  failed: CrossIcon,
  cancelled: () => (
    <Icon>
      {ring}
      <path d="m4 12 8-8" />
    </Icon>
  ),
  lost: () => (
    <Icon>
      <path d="M2 6.5a8.5 8.5 0 0 1 12 0M4.5 9.2a5 5 0 0 1 7 0M8 12.4v.1M2.5 2l11 12" />
    </Icon>
  ),
};

interface StatusIconProps {
  status: Status;
  /** Whether nothing is known to move, with any status. */
  isStatic?: boolean;
}

export function StatusIcon({ status, isStatic }: StatusIconProps): JSX.Element {
  const Shape = status === "running" && isStatic ? UnfinishedIcon : STATUS_ICONS[status];
  return <Shape />;
}
