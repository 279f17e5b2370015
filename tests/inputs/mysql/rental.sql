-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: rental
-- ------------------------------------------------------
-- Server version	8.0.36

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
/*!40103 SET @OLD_TIME_ZONE=@@TIME_ZONE */;
/*!40103 SET TIME_ZONE='+00:00' */;
/*!40014 SET @OLD_UNIQUE_CHECKS=@@UNIQUE_CHECKS, UNIQUE_CHECKS=0 */;
/*!40014 SET @OLD_FOREIGN_KEY_CHECKS=@@FOREIGN_KEY_CHECKS, FOREIGN_KEY_CHECKS=0 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;

--
-- Table structure for table `booking`
--

DROP TABLE IF EXISTS `booking`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE `booking` (
  `id` int unsigned NOT NULL AUTO_INCREMENT,
  `guest_id` bigint unsigned NOT NULL,
  `room` varchar(20) NOT NULL,
  `nights` smallint unsigned NOT NULL DEFAULT '1',
  `price` decimal(8,2) NOT NULL DEFAULT '0.00',
  `state` enum('open','paid','can''t come') NOT NULL DEFAULT 'open' COMMENT 'where it stands',
  `extras` set('breakfast','parking') DEFAULT NULL,
  `paid_on` date NOT NULL DEFAULT '0000-00-00',
  `created_at` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `updated_at` timestamp NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP,
  `total` decimal(10,2) GENERATED ALWAYS AS ((`nights` * `price`)) STORED,
  PRIMARY KEY (`id`),
  UNIQUE KEY `name` (`room`,`created_at`),
  KEY `idx_guest` (`guest_id`),
  KEY `state` (`state`,`price` DESC),
  CONSTRAINT `booking_ibfk_1` FOREIGN KEY (`guest_id`) REFERENCES `guest` (`id`) ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT `price_known` CHECK ((`price` >= 0))
) ENGINE=InnoDB AUTO_INCREMENT=12 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='who sleeps where';
/*!40101 SET character_set_client = @saved_cs_client */;

--
-- Dumping data for table `booking`
--

LOCK TABLES `booking` WRITE;
/*!40000 ALTER TABLE `booking` DISABLE KEYS */;
INSERT INTO `booking` (`id`, `guest_id`, `room`, `nights`, `price`, `state`, `extras`, `paid_on`, `created_at`, `updated_at`) VALUES (1,7,'A\'1',2,45.50,'paid','breakfast,parking','2024-03-01','2024-02-28 10:00:00',NULL),(2,8,'B;2)',1,0.00,'can\'t come',NULL,'0000-00-00','2024-02-29 23:59:59','2024-03-01 00:00:00');
INSERT INTO `booking` (`id`, `guest_id`, `room`, `nights`, `price`, `state`, `extras`, `paid_on`, `created_at`, `updated_at`) VALUES (11,7,'tab\there\\n',3,-0.00,'open','','2024-03-05','2024-03-02 08:00:00',NULL);
/*!40000 ALTER TABLE `booking` ENABLE KEYS */;
UNLOCK TABLES;

--
-- Table structure for table `guest`
--

DROP TABLE IF EXISTS `guest`;
CREATE TABLE `guest` (
  `id` bigint unsigned NOT NULL AUTO_INCREMENT,
  `Name` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  `email` varchar(190) DEFAULT NULL,
  `photo` longblob,
  `token` binary(4) DEFAULT NULL,
  `wants` json DEFAULT NULL,
  `active` tinyint(1) NOT NULL DEFAULT '1',
  `flags` bit(3) DEFAULT b'0',
  `vip` bit(1) NOT NULL DEFAULT b'0',
  `born` year DEFAULT NULL,
  `about` text,
  `at` point DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `email` (`email`),
  KEY `name` (`Name`(10)),
  KEY `about_start` (`about`(50)),
  FULLTEXT KEY `about` (`about`)
) ENGINE=InnoDB AUTO_INCREMENT=9 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;

LOCK TABLES `guest` WRITE;
INSERT INTO `guest` VALUES (7,'Zoë','zoe@example.com',_binary '\0ab\Z\'',0xDEADBEEF,'{\"bed\": \"wide\", \"pets\": [1, 2]}',1,b'101',_binary '\0',1980,'line one\r\nline two',0x000000000101000000000000000000F03F0000000000000040),(8,'Bo','bo@example.com',NULL,NULL,NULL,0,NULL,0x01,NULL,'',NULL);
UNLOCK TABLES;

--
-- Temporary view structure for view `paying`
--

DROP TABLE IF EXISTS `paying`;
/*!50001 DROP VIEW IF EXISTS `paying`*/;
SET @saved_cs_client     = @@character_set_client;
/*!50503 SET character_set_client = utf8mb4 */;
/*!50001 CREATE VIEW `paying` AS SELECT 
 1 AS `who`,
 1 AS `rooms`,
 1 AS `spent`*/;
SET character_set_client = @saved_cs_client;

/*!50003 SET sql_mode              = 'STRICT_TRANS_TABLES' */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER `booking_bi` BEFORE INSERT ON `booking` FOR EACH ROW BEGIN
  IF NEW.nights = 0 THEN SET NEW.nights = 1; END IF;
END */;;
DELIMITER ;

--
-- Dumping routines for database 'rental'
--
DELIMITER ;;
CREATE DEFINER=`root`@`localhost` FUNCTION `night_price`(id INT) RETURNS decimal(8,2)
    DETERMINISTIC
BEGIN
  RETURN (SELECT price FROM booking WHERE booking.id = id);
END ;;
CREATE DEFINER=`root`@`localhost` PROCEDURE `clean_up`()
BEGIN
  DELETE FROM booking WHERE state = 'can''t come';
END ;;
DELIMITER ;
DELIMITER ;;
/*!50106 CREATE*/ /*!50117 DEFINER=`root`@`localhost`*/ /*!50106 EVENT `nightly` ON SCHEDULE EVERY 1 DAY STARTS '2024-01-01 03:00:00' ON COMPLETION NOT PRESERVE ENABLE DO CALL clean_up() */ ;;
DELIMITER ;

/*!50001 DROP VIEW IF EXISTS `paying`*/;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */
/*!50001 VIEW `paying` AS select `g`.`Name` AS `who`,group_concat(`b`.`room` order by `b`.`room` ASC separator ', ') AS `rooms`,ifnull(sum(`b`.`total`),0) AS `spent` from (`rental`.`guest` `g` join `rental`.`booking` `b` on((`b`.`guest_id` = `g`.`id`))) where (`b`.`state` = 'paid') group by `g`.`Name` */;

/*!40103 SET TIME_ZONE=@OLD_TIME_ZONE */;
/*!40014 SET FOREIGN_KEY_CHECKS=@OLD_FOREIGN_KEY_CHECKS */;

-- Dump completed on 2024-03-06 12:00:00
