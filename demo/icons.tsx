import type { ReactNode } from 'react'

/** Line icons on a 20 × 20 grid, in the colour of the text; labels belong to the buttons around them. */
function icon(shape: ReactNode) {
  return function Icon({ className }: { readonly className?: string }) {
    return (
      <svg
        className={className === undefined ? 'icon' : `icon ${className}`}
        viewBox="0 0 20 20"
        width="20"
        height="20"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.6"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
      >
        {shape}
      </svg>
    )
  }
}

export const PlusIcon = icon(<path d="M10 4.5v11M4.5 10h11" />)
export const SearchIcon = icon(<path d="M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm4-1.5 3.5 3.5" />)
export const CloseIcon = icon(<path d="m5.5 5.5 9 9m0-9-9 9" />)
export const MenuIcon = icon(<path d="M3.5 6h13M3.5 10h13M3.5 14h8" />)
export const MoreIcon = icon(
  <g fill="currentColor" stroke="none">
    <circle cx="4.5" cy="10" r="1.4" />
    <circle cx="10" cy="10" r="1.4" />
    <circle cx="15.5" cy="10" r="1.4" />
  </g>,
)
export const PinIcon = icon(<path d="m12.5 3.5 4 4-3 1-3 3-.5 3.5-5-5L8.5 9.5l3-3 1-3ZM7.5 12.5l-4 4" />)
export const TrashIcon = icon(
  <path d="M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5l.7 10h7.6l.7-10M8.5 8.5v4.5M11.5 8.5v4.5" />,
)
export const ArchiveIcon = icon(<path d="M3.5 4.5h13v3h-13zM4.5 7.5v8h11v-8M8 10.5h4" />)
export const PencilIcon = icon(<path d="m4 16 .7-3.2 8-8a1.7 1.7 0 0 1 2.5 2.5l-8 8L4 16Z" />)
export const SendIcon = icon(<path d="M10 15.5v-11M5.5 9 10 4.5 14.5 9" />)
export const StopIcon = icon(
  <rect x="6" y="6" width="8" height="8" rx="1.5" fill="currentColor" stroke="none" />,
)
export const CopyIcon = icon(<path d="M7.5 7.5h8v8h-8zM12.5 7.5v-3h-8v8h3" />)
export const CheckIcon = icon(<path d="m4.5 10.5 3.5 3.5 7.5-8" />)
export const RefreshIcon = icon(
  <path d="M15.5 8.5A6 6 0 0 0 5 6.5L3.5 8m0-4v4h4M4.5 11.5A6 6 0 0 0 15 13.5l1.5-1.5m0 4v-4h-4" />,
)
export const LeftIcon = icon(<path d="m12 5-5 5 5 5" />)
export const RightIcon = icon(<path d="m8 5 5 5-5 5" />)
export const DownIcon = icon(<path d="m5 8 5 5 5-5" />)
export const GearIcon = icon(
  <path d="M10 12.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM10 3v2M10 15v2M3 10h2M15 10h2M5.05 5.05l1.4 1.4M13.55 13.55l1.4 1.4M5.05 14.95l1.4-1.4M13.55 6.45l1.4-1.4" />,
)
export const PersonIcon = icon(
  <path d="M10 9.5a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM4 16.5c.6-3 2.8-4.5 6-4.5s5.4 1.5 6 4.5" />,
)
export const FolderIcon = icon(<path d="M3 6.5v9h14v-8H9.5L8 5H3z" />)
export const CloudIcon = icon(
  <path d="M6.5 15.5a3.3 3.3 0 0 1-.4-6.6 4.2 4.2 0 0 1 8.1-.4 3.5 3.5 0 0 1-.4 7H6.5Z" />,
)
export const WarningIcon = icon(<path d="M10 3.5 17.5 16h-15L10 3.5ZM10 8v3.5M10 13.8v.1" />)
export const SparkIcon = icon(
  <path d="M10 3.5c.6 3.7 2.3 5.6 6 6.5-3.7.9-5.4 2.8-6 6.5-.6-3.7-2.3-5.6-6-6.5 3.7-.9 5.4-2.8 6-6.5Z" />,
)
export const BranchIcon = icon(
  <path d="M6 3.5v13M6 12c0-3 8-2 8-6.5M14 5.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM6 18a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z" />,
)
