/** What the address of a job's page says about the pages of its document. */
export interface PageView {
  page?: number | undefined;
  isDoubtfulOnly?: boolean | undefined;
}

export interface PageViewProps {
  view: PageView;
  onView: (view: PageView) => void;
}
