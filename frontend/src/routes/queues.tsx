export { QueuesPage as QueuesRoute } from '@/features/queues/QueuesPage';
