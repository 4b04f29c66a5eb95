/** Most former attempts whose curves are drawn in grey: the newest ones. */
export const MAX_GREY = 3;
