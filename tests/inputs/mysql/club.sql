/*M!999999\- enable the sandbox mode */ 
-- phpMyAdmin SQL Dump
-- version 5.2.1
SET SQL_MODE = "NO_AUTO_VALUE_ON_ZERO";
START TRANSACTION;
SET time_zone = "+00:00";

/*!40101 SET NAMES utf8mb4 */;

--
-- Database: `club`
--

DELIMITER $$
--
-- Procedures
--
CREATE DEFINER=`root`@`localhost` PROCEDURE `forget` (IN `who` INT)   BEGIN
  DELETE FROM member WHERE id = who;
END$$

DELIMITER ;

-- --------------------------------------------------------

--
-- Table structure for table `member`
--

CREATE TABLE `member` (
  `id` int(10) UNSIGNED NOT NULL,
  `nick name` varchar(50) NOT NULL,
  `level` enum('new','old') DEFAULT 'new',
  `is_active` tinyint(1) NOT NULL DEFAULT 1,
  `joined` datetime NOT NULL DEFAULT current_timestamp(),
  `seen` timestamp NOT NULL DEFAULT current_timestamp() ON UPDATE current_timestamp(),
  `extra` longtext CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL CHECK (json_valid(`extra`))
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

--
-- Dumping data for table `member`
--

INSERT INTO `member` (`id`, `nick name`, `level`, `is_active`, `joined`, `seen`, `extra`) VALUES
(1, 'Ann \"A\"', 'old', 1, '2024-01-01 10:00:00', '2024-02-01 10:00:00', '{\"k\": 1}'),
(2, 'Ben;\r\nB', 'new', 0, '2024-01-02 10:00:00', '2024-02-01 10:00:01', NULL),
(5, '', NULL, 1, '2024-01-03 10:00:00', '2024-02-01 10:00:02', '[]');

-- --------------------------------------------------------

--
-- Stand-in structure for view `regulars`
-- (See below for the actual view)
--
CREATE TABLE `regulars` (
`id` int(10) unsigned
,`level` enum('new','old')
,`month` varchar(7)
);

-- --------------------------------------------------------

--
-- Table structure for table `visit`
--

CREATE TABLE `visit` (
  `id` bigint(20) NOT NULL,
  `member_id` int(10) UNSIGNED NOT NULL,
  `at` date NOT NULL
) ENGINE=MyISAM DEFAULT CHARSET=latin1;

INSERT INTO `visit` (`id`, `member_id`, `at`) VALUES
(1, 1, '2024-01-05'),
(2, 1, '2024-01-06');

--
-- Triggers `visit`
--
DELIMITER $$
CREATE TRIGGER `seen_now` AFTER INSERT ON `visit` FOR EACH ROW UPDATE member SET seen = NOW() WHERE id = NEW.member_id
$$
DELIMITER ;

--
-- Structure for view `regulars`
--
DROP TABLE IF EXISTS `regulars`;

CREATE ALGORITHM=UNDEFINED DEFINER=`root`@`localhost` SQL SECURITY DEFINER VIEW `regulars`  AS SELECT `m`.`id` AS `id`, `m`.`level` AS `level`, date_format(`v`.`at`,'%Y-%m') AS `month` FROM (`member` `m` join `visit` `v` on(`v`.`member_id` = `m`.`id`)) WHERE `m`.`is_active` = 1 ;

--
-- Indexes for dumped tables
--
ALTER TABLE `member`
  ADD PRIMARY KEY (`id`),
  ADD UNIQUE KEY `nick name` (`nick name`),
  ADD KEY `level` (`level`,`joined`);

ALTER TABLE `visit`
  ADD PRIMARY KEY (`id`),
  ADD KEY `member_id` (`member_id`);

ALTER TABLE `member`
  MODIFY `id` int(10) UNSIGNED NOT NULL AUTO_INCREMENT, AUTO_INCREMENT=6;

ALTER TABLE `visit`
  MODIFY `id` bigint(20) NOT NULL AUTO_INCREMENT;

ALTER TABLE `visit`
  ADD CONSTRAINT `visit_ibfk_1` FOREIGN KEY (`member_id`) REFERENCES `member` (`id`);
COMMIT;
